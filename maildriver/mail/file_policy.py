"""Policy for files in a student's mail: pass on or hold.

A decision needs only name, type, size and hash: no file is opened, decoded, unpacked or changed.
A file that is not plainly harmless is held for a person, and nothing is thrown away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from maildriver.domain.did_you_mean import quoted
from maildriver.domain.file_name import extension
from maildriver.domain.post import FileState
from maildriver.mail.message import MailFile

#: An inline picture up to here may belong to a signature.
LOGO_BYTES = 100_000

_PICTURES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
    "webp": "image/webp", "heic": "image/heic", "heif": "image/heif", "avif": "image/avif",
    "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
}  # fmt: skip
_SOUNDS = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac", "wav": "audio/x-wav",
    "amr": "audio/amr", "mid": "audio/midi", "midi": "audio/midi",
}  # fmt: skip
_FILMS = {
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm",
    "ogv": "video/ogg", "3gp": "video/3gpp", "avi": "video/x-msvideo", "mkv": "video/x-matroska",
    "mpg": "video/mpeg", "mpeg": "video/mpeg",
}  # fmt: skip
_TEXTS = {
    "txt": "text/plain", "text": "text/plain", "csv": "text/csv", "tsv": "text/plain",
    "md": "text/markdown", "markdown": "text/markdown", "ics": "text/calendar",
    "vcf": "text/vcard", "srt": "text/plain", "tex": "text/plain", "log": "text/plain",
}  # fmt: skip
_ODF = "application/vnd.oasis.opendocument."
_OOXML = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = {
    "pdf": "application/pdf", "epub": "application/epub+zip",
    "odt": f"{_ODF}text", "ods": f"{_ODF}spreadsheet", "odp": f"{_ODF}presentation",
    "odg": f"{_ODF}graphics", "odf": f"{_ODF}formula",
    "docx": f"{_OOXML}wordprocessingml.document", "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "pptx": f"{_OOXML}presentationml.presentation",
}  # fmt: skip

#: The media type under which a file is passed on, by extension: never the type in the mail.
PASSED_TYPES: Mapping[str, str] = {**_PICTURES, **_SOUNDS, **_FILMS, **_TEXTS, **_DOCUMENTS}

_GENERIC_TYPES = {
    "application/octet-stream", "application/binary", "application/download",
    "application/force-download", "application/x-download", "application/x-unknown",
    "application/unknown", "binary/octet-stream", "application/octetstream",
}  # fmt: skip
#: Other media types that mail programs give these extensions.
_OTHER_TYPES = {
    "pdf": {"application/x-pdf", "text/pdf"},
    "csv": {"application/csv", "application/vnd.ms-excel"},
    "tsv": {"application/vnd.ms-excel"},
    "ics": {"application/ics"},
    "vcf": {"text/x-vcard", "text/directory"},
    "ogg": {"application/ogg", "video/ogg"},
    "docx": {"application/msword", "application/zip"},
    "xlsx": {"application/vnd.ms-excel", "application/zip"},
    "pptx": {"application/vnd.ms-powerpoint", "application/zip"},
    "epub": {"application/zip"},
    "tex": {"application/x-tex"},
}
_RICH_TEXTS = {"text/html", "text/xml", "text/javascript", "text/ecmascript", "text/rtf"}

_HELD_EXTENSIONS = {
    "a program": "exe scr com pif msi msp mst cpl dll sys drv ocx app apk ipa deb rpm run bin elf "
    "jar war appimage appx msix xap gadget lnk url desktop webloc inf reg scf library-ms",
    "a script": "js jse mjs vbs vbe ws wsf wsh wsc bat cmd ps1 psm1 psd1 ps1xml sh bash zsh csh "
    "fish command py pyw pyc pl rb php lua tcl hta sct cgi asp aspx jsp applescript scpt workflow "
    "action settingcontent-ms chm hlp mde ade adp iqy slk",
    "a page that can run programs": "html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt swf",
    "a document that can run programs": "doc dot xls xlt xla xlw ppt pot pps ppa docm dotm xlsm "
    "xltm xlam xlsb pptm potm ppsm ppam sldm xll mdb accdb accde one onepkg pub rtf odm",
    "an archive": "zip 7z rar gz tgz bz2 tbz tbz2 xz txz zst lz lzma z tar cab arj ace lzh lha "
    "cpio sit sitx zipx",
    "an image of a disk": "iso img dmg vhd vhdx vmdk udf nrg toast",
    "a mail": "eml msg mbox oft pst",
}
_REASON_TO_HOLD = {name: why for why, names in _HELD_EXTENSIONS.items() for name in names.split()}
#: Never before the true extension, as in photo.exe.jpg. (Not `com` or `js`: too many sites.)
_NEVER_INSIDE = {
    "exe", "scr", "pif", "msi", "cpl", "dll", "lnk", "bat", "cmd", "vbs", "vbe", "hta", "ps1",
    "jar", "apk", "jse", "wsf",
}  # fmt: skip
_SIGNATURES = {
    "application/pgp-signature", "application/pgp-keys", "application/pkcs7-signature",
    "application/x-pkcs7-signature",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileDecision:
    """The decision on a file: its state, name and media type, and the reason for a hold."""

    state: FileState
    name: str
    media_type: str
    why: str = ""


def decide_file(
    file: MailFile, sent_before: Collection[str], *, is_cut: bool = False
) -> FileDecision:
    """Return the decision on one file; `sent_before` are hashes of the writer's earlier files.

    A small inline picture may be one that the student wants to show, so it is passed on the
    first time; a repeated one belongs to a signature.
    """
    name = _with_extension(file)
    media_type = PASSED_TYPES.get(extension(name), "application/octet-stream")
    if is_cut:
        return FileDecision("large", name, media_type, "only its beginning was fetched")
    if file.media_type in _SIGNATURES:
        return FileDecision("logo", name, media_type, "a signature of the mail itself")
    if may_be_logo(file) and file.sha256 in sent_before:
        return FileDecision("logo", name, media_type, "the same picture came in an earlier mail")
    why = _reason_to_hold(file, name)
    return FileDecision("held" if why else "passed", name, media_type, why)


def may_be_logo(file: MailFile) -> bool:
    """Return whether a file is a small inline picture."""
    return file.inline and file.media_type.startswith("image/") and file.size <= LOGO_BYTES


def _with_extension(file: MailFile) -> str:
    """Return the name, with the extension of a harmless media type if it had none."""
    if extension(file.name):
        return file.name
    usual = (each for each, media_type in PASSED_TYPES.items() if media_type == file.media_type)
    found = next(usual, "")
    return f"{file.name}.{found}" if found else file.name


def _reason_to_hold(file: MailFile, name: str) -> str:
    """Return why a file must be held for a person; empty if it may be passed on."""
    if file.disguised:
        return "its name tries to look like another one"
    end = extension(name)
    if end in _REASON_TO_HOLD:
        return f"it is {_REASON_TO_HOLD[end]}"
    if end not in PASSED_TYPES:
        return "its kind is not one that is passed on"
    if _NEVER_INSIDE.intersection(name.lower().split(".")[:-1]):
        return "its name has the ending of a program inside"
    if not _type_fits(end, file.media_type):
        return f"it is named .{end} and called {quoted(file.media_type)}"
    return ""


def _type_fits(end: str, media_type: str) -> bool:
    """Return whether the media type that a mail gives fits the extension."""
    if media_type in _GENERIC_TYPES or media_type == PASSED_TYPES[end]:
        return True
    if media_type in _OTHER_TYPES.get(end, ()):
        return True
    if end in _PICTURES:
        return media_type.startswith("image/") and "svg" not in media_type
    if end in _SOUNDS or end in _FILMS:
        return media_type.startswith(("audio/", "video/")) or media_type == "application/mp4"
    if end in _TEXTS:
        return media_type.startswith("text/") and media_type not in _RICH_TEXTS
    return False
