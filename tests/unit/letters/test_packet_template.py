"""The mould: what it gives is what rendering gives, to the byte, whoever reads it."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.composed_mails import ADA, COURSE, DATE, LANGUAGES, SITE, TOKEN, unfolded

from maildriver.domain.course import Lesson
from maildriver.letters.composer import Composer
from maildriver.letters.packet import PacketRenderer, PositionedLesson
from maildriver.letters.packet_template import fits_placeholder

#: Every place of a text in which a name can stand, and what authors put around it.
CAST = [
    "Hello {{ student.name }}.",
    "{{ student.name }}",
    "# One\n\n{{ student.name }}, *look* up. " + "word " * 40 + "{{ student.name }} " * 20,
    "- first, {{ student.name }}\n- second\n\n  {{ student.zone }}\n\n> {{ student.name }} said",
    "1. **{{ student.name }}**: _{{ due_on }}_\n2. " + "long " * 30 + "{{ student.language }}",
    "{% if student.name %}Hello {{ student.name }}.{% else %}Hello.{% endif %}\n\nRest.",
    "Dear {{ student.name }},\\\nit is {{ due_on }} in {{ student.zone }}.",
    "(“{{ student.name }}”) — {{student.name}}{{student.name}}!",
    "no name at all, number {{ lesson.number }} of {{ course.title }}",
    ".{{ student.name }}\n\n. {{ student.name }}\n\n..\n\n- .{{ student.name }}\\\n.",
]
#: Where a name changes more than the words around it, or the author does more than show it.
NOT_CAST = [
    "# Hello {{ student.name }}",
    "`{{ student.name }}`",
    "```\n{{ student.name }}\n```",
    "| a | b |\n|---|---|\n| {{ student.name }} | x |",
    "[{{ student.name }}](https://example.org/)",
    "[x](https://example.org/?n={{ student.name }})",
    "{{ student.name | upper }}",
    "{% if student.name == 'Ada' %}Countess{% endif %}",
    "{% set n = student.name %}{{ n }}",
    "{% for c in student.name %}{{ c }} {% endfor %}",
    "{{ student.name ~ '!' }}",
    "{{ student['name'] }}",
]

PACKETS = Composer(SITE).packets
#: Ours, and two that the words of the frame are not in; one of them runs from right to left.
WRITTEN_IN = [*LANGUAGES, "de-AT", "ar", "ja"]
SCRIPTS = [
    "Αθηνά Παπαδοπούλου", "Зоя Ёлкина", "Հայկ Նահապետյան", "נועה בן־דוד", "زهراء الأمين",
    "ܐܦܪܝܡ", "ދިވެހި", "अनन्या जोशी", "রবীন্দ্রনাথ", "ਗੁਰਪ੍ਰੀਤ", "ઈશા પટેલ", "தமிழ்ச்செல்வி",
    "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "สมชาย ใจดี", "ລາວ", "བོད་ཡིག", "မြန်မာ", "ნინო", "አበበ በቂላ",
    "ᏣᎳᎩ", "ខ្មែរ", "ᠮᠣᠩᠭᠣᠯ", "さくら サクラ", "王小明", "김하늘", "𐐔𐐯𐐑", "𠮷野家",
    "Nguyễn Thị Ánh", "👩‍🚀 Ada",
]  # fmt: skip
NAMES = st.one_of(
    st.text(max_size=60),
    st.text("aé王न्याعنו.-'\"<>&*_`[]()#!|\\ \u00a0\u200d12", min_size=1, max_size=90),
    st.sampled_from(["Ada", "Zoë O'Neill", "J. R. R.", "1. x", "- y", ".", ".Ada", "x" * 400]),
    st.sampled_from(SCRIPTS),
)


def version(source: str, *, position: int = 1, language: str = "en") -> PositionedLesson:
    lesson = Lesson("night-sky", "one", 10, language, "One", "v1", source, (), "")
    return PositionedLesson(COURSE, lesson, position, last=False)


def same(
    packets: PacketRenderer,
    source: str,
    name: str,
    zone: str = "Europe/Berlin",
    language: str = "en",
) -> None:
    reader = replace(ADA, name=name, zone=zone, language=language)
    lesson = version(source, language=language)
    moulded = packets.freeze(lesson, reader, token=TOKEN, date=DATE)
    whole = packets.render(lesson, reader, token=TOKEN, date=DATE)
    assert unfolded(moulded) == whole.parts


@pytest.mark.parametrize("source", CAST)
def test_a_lesson_that_only_shows_a_name_is_cast(source: str) -> None:
    packets = Composer(SITE).packets
    assert packets._template(version(source)) is not None
    for name in ("Ada", "Zoë O'Neill-García", "अनन्या जोशी", "", "x.", "王" * 100):
        same(packets, source, name, "America/Argentina/Buenos_Aires")


@pytest.mark.parametrize("source", NOT_CAST)
def test_a_lesson_that_does_more_with_it_is_rendered_for_each(source: str) -> None:
    packets = Composer(SITE).packets
    assert packets._template(version(source)) is None
    for name in ("Ada", "Bo <b>"):
        same(packets, source, name)


@pytest.mark.parametrize("source", CAST)
def test_the_mould_gives_the_bytes_that_rendering_gives(source: str) -> None:
    packets = Composer(SITE).packets

    @given(NAMES, st.sampled_from(WRITTEN_IN))
    def whoever_reads_it(name: str, language: str) -> None:
        same(packets, source, name, language=language)

    whoever_reads_it()


def test_names_in_every_script_are_filled_in() -> None:
    packets = Composer(SITE).packets
    for language in WRITTEN_IN:
        for name in SCRIPTS:
            same(packets, CAST[2], name, language=language)
    assert sum(fits_placeholder(name) for name in SCRIPTS) == len(SCRIPTS) - 1, (
        "all but the astronaut"
    )


@settings(max_examples=20)
@given(NAMES)
def test_a_lesson_that_branches_is_whole_whoever_reads_it(name: str) -> None:
    source = "{% if student.name < 'M' %}Countess{% else %}.{{ student.name }}{% endif %}, look."
    same(PACKETS, source, name)
    for branch in NOT_CAST[6:9]:
        same(PACKETS, branch, name)


def test_a_frame_of_a_courses_own_that_does_something_to_the_text_is_not_cast() -> None:
    shout = "{{ page.title }}\n\n{{ page.text | upper }}\n{{ page.reference }}\n"
    course = replace(COURSE, templates={"layout.txt": shout})
    loud = replace(version("Hello {{ student.name }}."), course=course)
    packets = Composer(SITE).packets

    assert packets._template(loud) is None
    assert b"HELLO ADA" in packets.freeze(loud, ADA, token=TOKEN, date=DATE).parts


def test_a_day_is_that_of_the_reader() -> None:
    packets = Composer(SITE).packets
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    said = {}
    for zone in ("America/Lima", "Asia/Tokyo"):
        reader = replace(ADA, zone=zone)
        moulded = packets.freeze(version("{{ due_on }}"), reader, token=TOKEN, date=late)
        said[zone] = unfolded(moulded)
    assert b"Monday 2 March 2026" in said["America/Lima"]
    assert b"Tuesday 3 March 2026" in said["Asia/Tokyo"]


def test_what_is_shared_is_stored_once_and_little_is_left() -> None:
    packets = Composer(SITE).packets
    long = version("Hello {{ student.name }}.\n\n" + "And so on, at length.\n\n" * 400)
    ada = packets.freeze(long, ADA, token=TOKEN, date=DATE)
    bo = packets.freeze(long, replace(ADA, name="Bo"), token=TOKEN[::-1], date=DATE)

    assert ada.segments == bo.segments
    assert len(ada.parts) < 2000 < len(unfolded(ada)) / 10


@given(st.text(max_size=20))
def test_only_a_word_can_be_filled_in(name: str) -> None:
    if fits_placeholder(name):
        assert not name[0].isspace()
        assert not name[-1].isspace()
        assert unicodedata.category(name[0])[0] not in "PSZC"
