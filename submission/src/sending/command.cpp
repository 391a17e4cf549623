#include "sending/command.hpp"

namespace submission::sending {
namespace {

void append_dsn(std::string& line, message const& what) {
    if (what.ret != returned::unspecified) line += what.ret == returned::full ? " RET=FULL" : " RET=HDRS";
    if (what.id) line += " ENVID=" + what.id->xtext();
}

void append_body(std::string& line, message const& what, offers const& server) {
    if (what.body == body_type::binary)
        line += " BODY=BINARYMIME";  // it was checked before that the server has it
    else if (what.body == body_type::eight_bit)
        line += " BODY=8BITMIME";
    else if (what.body == body_type::seven_bit && server.has("8BITMIME"))
        line += " BODY=7BIT";
}

}  // namespace

std::string ehlo_line(callout::helo_name const& who) {
    return "EHLO " + who.text();
}

std::string helo_line(callout::helo_name const& who) {
    return "HELO " + who.text();
}

std::string etrn_line(etrn const& what) {
    std::string line = "ETRN ";
    if (what.option() != 0) line += what.option();
    return line + what.node();
}

std::string mail_line(message const& what, offers const& server, std::optional<std::uint64_t> size,
                      std::optional<deliver_by> const& by) {
    auto line = "MAIL FROM:<" + (what.sender ? what.sender->address() : std::string()) + '>';
    if (size && server.has("SIZE")) line += " SIZE=" + std::to_string(*size);
    append_body(line, what, server);
    if (needs_smtputf8(what)) line += " SMTPUTF8";
    if (server.has("DSN")) append_dsn(line, what);
    if (by && server.has("DELIVERBY")) line += " BY=" + by->text();
    return line;
}

std::string rcpt_line(recipient const& whom, offers const& server) {
    auto line = "RCPT TO:<" + whom.address.address() + '>';
    if (!server.has("DSN")) return line;
    if (!whom.notify.empty()) line += " NOTIFY=" + whom.notify.text();
    if (whom.original) line += " ORCPT=" + whom.original->text();
    return line;
}

std::string bdat_line(std::size_t octets, bool last) {
    return "BDAT " + std::to_string(octets) + (last ? " LAST" : "");
}

}  // namespace submission::sending
