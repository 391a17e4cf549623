#include "submit/plain_lines.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace testmta::submit {
namespace {

namespace event = submission::event;

std::string shown(submission::any_event const& what) {
    if (auto const* const e = std::get_if<event::connect_failed>(&what))
        return std::string(e->host) + ": " + e->error.message();
    if (auto const* const e = std::get_if<event::tls_up>(&what)) return "in " + e->session.version;
    if (auto const* const e = std::get_if<event::extension_missing>(&what))
        return "the server does not offer " + std::string(e->keyword);
    if (auto const* const e = std::get_if<event::certificate_verdict>(&what))
        return "the certificate of the server does not prove who it is (verify code " +
               std::to_string(e->session.verify_code) + ')';
    if (auto const* const e = std::get_if<event::client_certificate_problem>(&what))
        return std::string(e->text);
    if (auto const* const e = std::get_if<event::auth_done>(&what))
        return std::string(e->mechanism) + ": " + e->reply.text();
    if (auto const* const e = std::get_if<event::etrn_status>(&what))
        return "ETRN " + std::string(e->domain) + ": " + e->reply.text();
    if (auto const* const e = std::get_if<event::rcpt_status>(&what))
        return std::string(e->address) + ": " + e->reply.text();
    if (auto const* const e = std::get_if<event::protocol_error>(&what)) return e->error.message();
    if (auto const* const e = std::get_if<event::server_closing>(&what)) return e->reply.text();
    if (auto const* const e = std::get_if<event::message_result>(&what))
        return "message: " + (e->reply ? e->reply->text() : e->error.message());
    return {};
}

}  // namespace

std::string bar_of(std::uint64_t octets, std::uint64_t of) {
    constexpr std::uint64_t width = 40;
    auto const part = of == 0 ? 1.0 : std::min(1.0, static_cast<double>(octets) / static_cast<double>(of));
    auto const done = static_cast<std::size_t>(part * width);
    auto const percent = std::to_string(static_cast<int>(part * 100));
    return '[' + std::string(done, '#') + std::string(width - done, ' ') + "] " +
           std::string(3 - percent.size(), ' ') + percent + " %";
}

void plain_lines::show(event::message_progress const& e) {
    if (bar_ == progress::hidden || !e.of) return;
    to_ << '\r' << bar_of(e.total, *e.of) << std::flush;
    is_bar_open_ = true;
}

void plain_lines::on(submission::any_event const& what, callout::steady_time) {
    if (auto const* const e = std::get_if<event::message_progress>(&what)) return show(*e);
    auto const line = shown(what);
    if (line.empty()) return;
    if (std::exchange(is_bar_open_, false)) to_ << '\n';
    to_ << line << '\n';
}

}  // namespace testmta::submit
