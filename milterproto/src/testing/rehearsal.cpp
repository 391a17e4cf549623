#include "milterproto/rehearsal.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <stdexcept>

#include "milterproto/core/wire/codec.hpp"
#include "played_mta.hpp"

/// Turns what a test says to its MTA into packets, and a message into its fields and body.
namespace milterproto {

namespace {

namespace asio = boost::asio;
using core::command;

/// Returns the address as the MTA writes it in `mail_addr`: without brackets.
std::string address_in(std::string_view path) {
    if (path.starts_with('<')) path.remove_prefix(1);
    if (path.ends_with('>')) path.remove_suffix(1);
    return std::string(path);
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (char const c : text) {
        if (c == '\n' && !lines.ends_with('\r')) lines += '\r';
        lines += c;
    }
    return lines;
}

std::string with_lf(std::string_view text) {
    std::string lines(text);
    std::erase(lines, '\r');
    return lines;
}

detail::packet bare(command what) {
    std::string bytes;
    core::append_frame(bytes, static_cast<char>(what));
    return {what, std::move(bytes)};
}

detail::packet with_strings(command what, std::vector<std::string_view> const& strings) {
    std::string bytes;
    core::append_strings(bytes, static_cast<char>(what), strings);
    return {what, std::move(bytes)};
}

/// Returns the packet of a path and its ESMTP parameters.
detail::packet with_path(command what, std::string_view path, std::vector<std::string_view> strings) {
    strings.insert(strings.begin(), path);
    return with_strings(what, strings);
}

/// Takes a field off the message: it ends at a line end that no blank follows.
std::string_view take_field(std::string_view& rest) {
    constexpr std::string_view line_end = "\r\n";
    auto const folds_at = [&](std::size_t end) {
        auto const next = rest.substr(end + line_end.size());
        return next.starts_with(' ') || next.starts_with('\t');
    };
    auto end = rest.find(line_end);
    while (end != rest.npos && folds_at(end)) end = rest.find(line_end, end + line_end.size());
    auto const field = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + line_end.size());
    return field;
}

bool ends_message(rehearsal_answer const& answer) {
    using kind = rehearsal_answer::kind;
    if (answer.what == kind::verdict)
        return answer.code != core::answer::proceed && answer.code != core::answer::skip;
    return answer.what == kind::closed || answer.what == kind::too_late;
}

}  // namespace

rehearsal::rehearsal(std::unique_ptr<filter> author, rehearsal_options const& options)
    : mta_(std::make_shared<played_mta>(std::move(author), options)) {
    mta_->negotiate();
}

rehearsal::~rehearsal() = default;

core::option_set rehearsal::agreed() const {
    return mta_->session().agreed().options;
}

std::optional<std::string> rehearsal::asked_macros(macro_stage stage) const {
    return mta_->macros().asked(stage);
}

std::vector<std::string> const& rehearsal::thrown() const noexcept {
    return mta_->session().thrown();
}

std::size_t rehearsal::misplaced_verdicts() const noexcept {
    return mta_->session().misplaced_verdicts();
}

bool rehearsal::has_ended() const noexcept {
    return mta_->session().has_ended();
}

asio::any_io_executor rehearsal::executor() const {
    return mta_->session().loop().get_executor();
}

void rehearsal::advance(std::chrono::milliseconds time) {
    mta_->session().advance(time);
}

std::chrono::nanoseconds rehearsal::elapsed() const {
    return mta_->session().elapsed();
}

void rehearsal::define(std::string name, std::string value) {
    mta_->macros().define(std::move(name), std::move(value));
}

rehearsal_answer rehearsal::connect(std::string_view hostname, std::string_view address, std::uint16_t port) {
    constexpr std::string_view unix_prefix = "unix:";
    auto family = core::family::unknown;
    boost::system::error_code no_address;
    auto const ip = asio::ip::make_address(address, no_address);
    if (!no_address) {
        family = ip.is_v6() ? core::family::ipv6 : core::family::ipv4;
        define("{client_port}", std::to_string(port));
    } else if (address.starts_with(unix_prefix)) {
        family = core::family::unix_socket;
        address.remove_prefix(unix_prefix.size());
        port = 0;
    } else if (address != "unknown") {
        throw std::logic_error("rehearsal: not an IP address, unix:/path or \"unknown\": " +
                               std::string(address));
    }
    define("{client_name}", std::string(hostname));
    define("{client_addr}", std::string(address));
    std::string bytes;
    core::append_connect(bytes, hostname, family, port, address);
    return mta_->say({command::connect, std::move(bytes)});
}

rehearsal_answer rehearsal::helo(std::string_view name) {
    return mta_->say(with_strings(command::helo, {name}));
}

rehearsal_answer rehearsal::mail(std::string_view path, std::vector<std::string_view> const& parameters) {
    define("{mail_addr}", address_in(path));
    return mta_->say(with_path(command::mail, path, parameters));
}

rehearsal_answer rehearsal::rcpt(std::string_view path, std::vector<std::string_view> const& parameters) {
    define("{rcpt_addr}", address_in(path));
    return mta_->say(with_path(command::rcpt, path, parameters));
}

rehearsal_answer rehearsal::data() {
    return mta_->say(bare(command::data));
}

rehearsal_answer rehearsal::header(std::string_view field) {
    auto const colon = field.find(':');
    if (colon == field.npos)
        throw std::logic_error("rehearsal: not a header, because it has no colon: " + std::string(field));
    auto const name = field.substr(0, colon);
    auto value = with_lf(field.substr(colon + 1));
    if (!mta_->keeps_leading_space() && value.starts_with(' ')) value.erase(0, 1);
    return mta_->say(with_strings(command::header, {name, value}));
}

rehearsal_answer rehearsal::end_of_headers() {
    return mta_->say(bare(command::end_of_headers));
}

rehearsal_answer rehearsal::body(std::string_view bytes) {
    if (bytes.empty()) throw std::logic_error("rehearsal: an MTA does not send an empty chunk of a body");
    auto const most = mta_->session().agreed().payload_limit;
    rehearsal_answer answer;
    do {
        auto const chunk = bytes.substr(0, most);
        bytes.remove_prefix(chunk.size());
        std::string packet;
        core::append_frame(packet, static_cast<char>(command::body), chunk);
        answer = mta_->say({command::body, std::move(packet)});
    } while (!bytes.empty() && (answer == "proceed" || answer == "(no answer)"));
    return answer;
}

rehearsal_answer rehearsal::end_of_message() {
    return mta_->say(bare(command::end_of_message));
}

rehearsal_answer rehearsal::message(std::string_view text) {
    constexpr std::string_view empty_line = "\r\n";
    auto const lines = with_crlf(text);
    std::string_view rest(lines);
    auto answer = data();
    while (!ends_message(answer) && !rest.empty() && !rest.starts_with(empty_line))
        answer = header(take_field(rest));
    if (rest.starts_with(empty_line)) rest.remove_prefix(empty_line.size());
    if (!ends_message(answer)) answer = end_of_headers();
    if (!ends_message(answer) && !rest.empty()) answer = body(rest);
    if (!ends_message(answer)) answer = end_of_message();
    return answer;
}

rehearsal_answer rehearsal::unknown(std::string_view line) {
    return mta_->say(with_strings(command::unknown, {line}));
}

void rehearsal::abort() {
    mta_->tell(command::abort);
}

void rehearsal::quit() {
    mta_->tell(command::quit);
}

void rehearsal::next_client() {
    mta_->tell(command::quit_nc);
}

void rehearsal::vanish() {
    mta_->vanish();
}

void rehearsal::abort_after(std::chrono::milliseconds time) {
    mta_->interrupt_next(command::abort, time);
}

void rehearsal::vanish_after(std::chrono::milliseconds time) {
    mta_->interrupt_next(command::quit, time);
}

}  // namespace milterproto
