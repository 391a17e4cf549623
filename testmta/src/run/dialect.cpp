#include "dialect.hpp"

namespace testmta::run {

namespace {

using core::command;

constexpr std::string_view tls = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}";

constexpr macro_set plain_macros[] = {
    {command::connect, "j _ {daemon_name}"},
    {command::mail, "i {mail_addr}"},
    {command::rcpt, "{rcpt_addr}"},
    {command::end_of_message, "i"},
};

constexpr macro_set postfix_macros[] = {
    {command::connect, "j {daemon_name} {daemon_addr} v _"},
    {command::helo, tls},
    {command::mail, "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}"},
    {command::rcpt, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
    {command::data, "i"},
    {command::header, "i"},
    {command::end_of_headers, "i"},
    {command::body, "i"},
    {command::end_of_message, "i"},
    {command::unknown, ""},
};

constexpr macro_set sendmail_macros[] = {
    {command::connect, "j _ {daemon_name} {if_name} {if_addr}"},
    {command::helo, tls},
    {command::mail,
     "i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_mailer} {mail_host} {mail_addr}"},
    {command::rcpt, "{rcpt_mailer} {rcpt_host} {rcpt_addr}"},
    {command::end_of_message, "{msg_id} i"},
};

constexpr core::option_set newest{core::newest_version, core::action::all, core::step::all};

constexpr dialect table[] = {
    {"plain", newest, queue_id_from::mail, unknown_form::whole_line, unresolved_form::as_written,
     percent_form::kept, label_form::bare, false, false, plain_macros},
    {"postfix", newest, queue_id_from::data, unknown_form::first_word, unresolved_form::bracketed_address,
     percent_form::halved, label_form::bare, true, true, postfix_macros},
    {"sendmail", newest, queue_id_from::mail, unknown_form::whole_line, unresolved_form::as_written,
     percent_form::halved, label_form::labelled, false, false, sendmail_macros},
};

}  // namespace

std::span<dialect const> dialects() {
    return table;
}

}  // namespace testmta::run
