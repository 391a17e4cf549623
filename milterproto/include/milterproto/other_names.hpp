#pragma once

namespace milterproto::detail {

/// Stops the build where a handler has a public member with a name that people who know libmilter, other
/// libraries, or English, may expect of a callback: it would compile and never be called. C++ cannot list the
/// members of a class, so these are the plausible names: those of libmilter and its examples, with and
/// without underscores, in camel case, in plural and singular, and the words of RFC 5321.
template <class H>
consteval void refuse_other_names() {
    static_assert(!(
                      requires { &H::onNegotiate; } || requires { &H::onnegotiate; } ||
                      requires { &H::on_negotiation; } || requires { &H::on_negotiated; } ||
                      requires { &H::on_optneg; } || requires { &H::on_options; } ||
                      requires { &H::xxfi_negotiate; } || requires { &H::mlfi_negotiate; }),
                  "milterproto: the callback for the negotiation is named on_negotiate");
    static_assert(
        !(
            requires { &H::onConnect; } || requires { &H::onconnect; } || requires { &H::on_connection; } ||
            requires { &H::on_connected; } || requires { &H::on_conn; } || requires { &H::on_client; } ||
            requires { &H::xxfi_connect; } || requires { &H::mlfi_connect; }),
        "milterproto: the callback for the client's connection is named on_connect");
    static_assert(
        !(
            requires { &H::onHelo; } || requires { &H::onhelo; } || requires { &H::onHello; } ||
            requires { &H::on_hello; } || requires { &H::on_ehlo; } || requires { &H::onEhlo; } ||
            requires { &H::on_greeting; } || requires { &H::xxfi_helo; } || requires { &H::mlfi_helo; }),
        "milterproto: the callback for HELO and EHLO is named on_helo");
    static_assert(
        !(
            requires { &H::onMail; } || requires { &H::onmail; } || requires { &H::on_mails; } ||
            requires { &H::on_from; } || requires { &H::onFrom; } || requires { &H::on_mail_from; } ||
            requires { &H::onMailFrom; } || requires { &H::on_mailfrom; } || requires { &H::on_envfrom; } ||
            requires { &H::onEnvFrom; } || requires { &H::on_env_from; } ||
            requires { &H::on_envelope_from; } || requires { &H::on_envelope; } ||
            requires { &H::on_sender; } || requires { &H::onSender; } || requires { &H::xxfi_envfrom; } ||
            requires { &H::mlfi_envfrom; }),
        "milterproto: the callback for MAIL is named on_mail");
    static_assert(
        !(
            requires { &H::onRcpt; } || requires { &H::onrcpt; } || requires { &H::on_rcpts; } ||
            requires { &H::on_to; } || requires { &H::onTo; } || requires { &H::on_rcpt_to; } ||
            requires { &H::onRcptTo; } || requires { &H::on_rcptto; } || requires { &H::on_envrcpt; } ||
            requires { &H::onEnvRcpt; } || requires { &H::on_env_rcpt; } ||
            requires { &H::on_envelope_rcpt; } || requires { &H::on_envelope_to; } ||
            requires { &H::on_recipient; } || requires { &H::on_recipients; } ||
            requires { &H::onRecipient; } || requires { &H::on_recpt; } || requires { &H::on_rctp; } ||
            requires { &H::xxfi_envrcpt; } || requires { &H::mlfi_envrcpt; }),
        "milterproto: the callback for RCPT is named on_rcpt");
    static_assert(
        !(
            requires { &H::onData; } || requires { &H::ondata; } || requires { &H::on_data_command; } ||
            requires { &H::xxfi_data; } || requires { &H::mlfi_data; }),
        "milterproto: the callback for DATA is named on_data");
    static_assert(
        !(
            requires { &H::onHeader; } || requires { &H::onheader; } || requires { &H::on_headers; } ||
            requires { &H::onHeaders; } || requires { &H::on_head; } || requires { &H::on_field; } ||
            requires { &H::on_header_field; } || requires { &H::xxfi_header; } ||
            requires { &H::mlfi_header; }),
        "milterproto: the callback for each header is named on_header");
    static_assert(!(
                      requires { &H::onEoh; } || requires { &H::oneoh; } || requires { &H::onEOH; } ||
                      requires { &H::on_end_of_headers; } || requires { &H::on_end_of_header; } ||
                      requires { &H::onEndOfHeaders; } || requires { &H::on_endofheaders; } ||
                      requires { &H::on_headers_end; } || requires { &H::on_headers_done; } ||
                      requires { &H::xxfi_eoh; } || requires { &H::mlfi_eoh; }),
                  "milterproto: the callback for the end of the headers is named on_eoh");
    static_assert(
        !(
            requires { &H::onBody; } || requires { &H::onbody; } || requires { &H::on_bodies; } ||
            requires { &H::on_chunk; } || requires { &H::on_body_chunk; } || requires { &H::onBodyChunk; } ||
            requires { &H::on_body_part; } || requires { &H::on_content; } || requires { &H::xxfi_body; } ||
            requires { &H::mlfi_body; }),
        "milterproto: the callback for each piece of the body is named on_body");
    static_assert(
        !(
            requires { &H::onEom; } || requires { &H::oneom; } || requires { &H::onEOM; } ||
            requires { &H::on_end_of_message; } || requires { &H::onEndOfMessage; } ||
            requires { &H::on_endofmessage; } || requires { &H::on_message_end; } ||
            requires { &H::on_message; } || requires { &H::onMessage; } || requires { &H::on_end; } ||
            requires { &H::on_eob; } || requires { &H::on_end_of_body; } || requires { &H::onEndOfBody; } ||
            requires { &H::on_eod; } || requires { &H::on_end_of_data; } || requires { &H::onEndOfData; } ||
            requires { &H::xxfi_eom; } || requires { &H::mlfi_eom; }),
        "milterproto: the callback for the end of a message is named on_eom");
    static_assert(
        !(
            requires { &H::onUnknown; } || requires { &H::onunknown; } ||
            requires { &H::on_unknown_command; } || requires { &H::onUnknownCommand; } ||
            requires { &H::on_command; } || requires { &H::xxfi_unknown; } || requires { &H::mlfi_unknown; }),
        "milterproto: the callback for a command that the MTA does not know is named on_unknown");
    static_assert(
        !(
            requires { &H::onAbort; } || requires { &H::onabort; } || requires { &H::on_aborted; } ||
            requires { &H::on_reset; } || requires { &H::on_rset; } || requires { &H::on_cancel; } ||
            requires { &H::xxfi_abort; } || requires { &H::mlfi_abort; }),
        "milterproto: the callback for a message that is lost is named on_abort");
    static_assert(
        !(
            requires { &H::onClose; } || requires { &H::onclose; } || requires { &H::on_closed; } ||
            requires { &H::on_quit; } || requires { &H::onQuit; } || requires { &H::on_disconnect; } ||
            requires { &H::onDisconnect; } || requires { &H::on_disconnected; } ||
            requires { &H::xxfi_close; } || requires { &H::mlfi_close; } || requires { &H::mlfi_cleanup; }),
        "milterproto: the callback for a client that is gone is named on_close");
}

}  // namespace milterproto::detail
