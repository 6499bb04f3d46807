"""GNU Mailman 3 sends a post to the members of a list, personalised, each with its own sender.

Run by the Python of an environment that has Mailman. Its own delivery is called directly,
without the queues before it.
"""

import email
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path


def main(folder: Path, port: int, message: Path, members: int) -> None:
    folder.mkdir(parents=True)
    settings = folder / "mailman.cfg"
    settings.write_text(
        f"""
[mailman]
layout: here
site_owner: owner@example.org
[paths.here]
var_dir: {folder}/var
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: {port}
verp_personalized_deliveries: yes
""",
        "utf-8",
    )
    from mailman.core.initialize import initialize

    initialize(str(settings))
    from mailman.app.lifecycle import create_list
    from mailman.config import config
    from mailman.database.transaction import transaction
    from mailman.email.message import Message
    from mailman.interfaces.domain import IDomainManager
    from mailman.interfaces.mailinglist import Personalization
    from mailman.interfaces.usermanager import IUserManager
    from mailman.mta.deliver import deliver
    from zope.component import getUtility

    with transaction():
        getUtility(IDomainManager).add("example.org")
        mlist = create_list("course@example.org")
        mlist.personalize = Personalization.full
        people = getUtility(IUserManager)
        recipients = set()
        for number in range(members):
            address = people.create_address(f"student-{number}@example.net", f"Zoë {number}")
            address.verified_on = datetime.now(UTC).replace(tzinfo=None)
            mlist.subscribe(address)
            recipients.add(address.email)
    post = email.message_from_bytes(message.read_bytes(), Message)
    start, before = time.perf_counter(), time.process_time()
    deliver(mlist, post, {"recipients": recipients, "verp": True})
    found = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - before}
    config.db.store.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
