"""The settings of Postfix and Dovecot for one test system, as files in one folder."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

#: Postfix does not know this recipient: 550 5.1.1 at RCPT.
NOBODY = "nobody@maildriver.test"
#: Postfix takes mail for this one, Dovecot does not: a real delivery report follows.
GONE = "gone@maildriver.test"
#: 451 4.7.1 at RCPT, always.
GREY = "grey@maildriver.test"
#: 552 5.2.2 at RCPT.
FULL = "full@maildriver.test"


@dataclass(frozen=True)
class Ports:
    """Where each protocol listens on 127.0.0.1."""

    smtp: int  # plain; no login needed
    submission: int  # STARTTLS, then login
    smtps: int  # TLS from the start, then login
    imap: int
    imaps: int
    lmtp: int
    auth: int  # where Postfix asks Dovecot about passwords


_DOVECOT_CONF = Template("""\
base_dir = $folder/dovecot/run
state_dir = $folder/dovecot/state
log_path = $folder/dovecot/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$folder/tls/cert.pem
ssl_key = <$folder/tls/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:$folder/mail/%u
mail_fsync = never
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
mail_max_userip_connections = 500
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
# knows nobody: where only the next one is asked and skips a name, that is an internal error
passdb {
  driver = passwd-file
  args = /dev/null
}
passdb {
  driver = static
  username_filter = $known
  args = password=$password
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$folder/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = $lmtp
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = $auth
  }
}
service anvil {
  # no growing pause after a refused login
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
""")


def dovecot_conf(folder: Path, ports: Ports, users: Sequence[str] | None, password: str) -> str:
    """Return dovecot.conf (2.3); without `users` every address is one."""
    known = f"!{GONE}" if users is None else " ".join(users)
    return _DOVECOT_CONF.substitute(asdict(ports), folder=folder, known=known, password=password)


def recipients(users: Sequence[str] | None) -> str:
    """Return the regexp table of those whom Postfix takes mail for."""
    if users is None:
        return f"!/{_with_detail(NOBODY)}/ yes\n"
    return "".join(f"/{_with_detail(user)}/ yes\n" for user in [*users, GONE])


def _with_detail(address: str) -> str:
    local, domain = address.split("@")
    return rf"^{re.escape(local)}(\+.*)?@{re.escape(domain)}$"


_MAIN_CF = Template("""\
compatibility_level = 3.6
queue_directory = $folder/spool
data_directory = $folder/pfdata
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.$domain
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = $domain
virtual_mailbox_maps = regexp:$folder/postfix/recipients
smtpd_recipient_restrictions = check_recipient_access inline:{
    {$grey_address=451 4.7.1 Greylisted, try again later}, {$full_address=552 5.2.2 Mailbox full}},
    permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
recipient_delimiter = +
default_transport = error:no outside world here
relay_transport = error:no outside world here
smtputf8_enable = yes
biff = no
maillog_file = $folder/postfix.log
maillog_file_prefixes = $folder
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$auth
smtpd_tls_cert_file = $folder/tls/cert.pem
smtpd_tls_key_file = $folder/tls/key.pem
smtpd_tls_security_level = may
message_size_limit = 52428800
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
""")


def main_cf(folder: Path, ports: Ports, domain: str) -> str:
    """Return Postfix's main.cf: nothing can leave this machine."""
    special = {"grey_address": GREY, "full_address": FULL}
    return _MAIN_CF.substitute(asdict(ports) | special, folder=folder, domain=domain)


def master_cf(ports: Ports) -> str:
    """Return Postfix's master.cf: three ways in, one way out."""
    login = "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes"
    login += " -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"
    return f"""\
127.0.0.1:{ports.smtp} inet n - n - - smtpd
127.0.0.1:{ports.submission} inet n - n - - smtpd {login} -o smtpd_tls_security_level=encrypt
127.0.0.1:{ports.smtps} inet n - n - - smtpd {login} -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
