#include "submission/support/played_client.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "sending/preparation.hpp"

namespace submission::testing {
namespace {

std::string word(fate what) {
    constexpr std::array words{"open", "delivered", "failed", "unknown"};
    return words[std::size_t(what)];
}

callout::tls_session handshake_with(std::string const& problems) {
    callout::tls_session made;
    made.version = "TLSv1.3";
    made.bits = problems.find("weak") != problems.npos ? 56 : 256;
    using enum callout::certificate_problem;
    auto const note = [&](std::string_view name, callout::certificate_problem what) {
        if (problems.find(name) != problems.npos) made.problems = made.problems | what;
    };
    note("absent", absent);
    note("invalid", invalid);
    note("name", wrong_name);
    note("weak", weak_cipher);
    return made;
}

}  // namespace

played_client::played_client(std::string const& path) : script_(script::read(path)) {
    watching_.decisions = script_.decisions;
    watching_.throws_at = script_.throws_at;
}

void played_client::begin(sending::opening how) {
    tell_.emplace(&watching_, clock_);
    session_.emplace(script_.batch, script_.options, how, "mx.example", *tell_, chance_);
    is_over_ = false;
    session_->start();
    run();
}

void played_client::feed(std::string_view octets) {
    if (is_over_ || octets.empty()) return;
    session_->feed(octets);
    run();
}

void played_client::happen(std::string const& directive) {
    if (directive == "begin" || directive == "again") {
        sending::opening how;
        how.tls = script_.tls;
        return begin(how);
    }
    if (directive == "next") return begin(sending::opening(session_->outcome().next));
    if (is_over_) return;
    if (directive == "lost") session_->lost(callout::errc::closed);
    if (directive == "timeout") session_->lost(callout::errc::timed_out);
    if (directive == "cancel") session_->cancel();
    if (directive.starts_with("handshake")) {
        is_shaking_hands_ = false;
        auto const how = directive.substr(std::string_view("handshake").size());
        if (how == " fails")
            session_->secured(callout::errc::tls_handshake);
        else if (session_->has_leftover())
            session_->secured(callout::errc::bytes_before_tls);
        else
            session_->secured(handshake_with(how));
    }
    run();
}

void played_client::run() {
    using kind = sending::action::kind;
    while (!is_over_) {
        auto const now = session_->next();
        switch (now.what) {
            case kind::write: write(); break;
            case kind::read: return;
            case kind::start_tls:
                if (!is_shaking_hands_) watching_.note("* handshake with " + session_->wish().server_name);
                is_shaking_hands_ = true;
                return;
            case kind::measure: measure(script_.batch.messages[now.message]); break;
            case kind::fill: fill(script_.batch.messages[now.message]); break;
            case kind::done: return end();
        }
    }
}

void played_client::write() {
    auto rest = session_->output();
    largest_output_ = std::max(largest_output_, rest.size());
    while (!rest.empty()) {
        auto const line_end = rest.find("\r\n");
        bool const has_end = line_end != rest.npos;
        watching_.note("> " + ::test::escaped(rest.substr(0, line_end)) + (has_end ? "" : "\\"));
        rest.remove_prefix(has_end ? line_end + 2 : rest.size());
    }
    session_->written();
}

std::string played_client::content_of(message& what) {
    boost::asio::io_context loop;
    std::string all;
    auto const read = [&]() -> boost::asio::awaitable<void> {
        std::array<char, 4096> into{};
        std::span<char> const span(into);
        what.content->rewind();
        while (true) {
            auto const got = co_await what.content->read_some(span);
            if (!got || *got == 0) co_return;
            all.append(into.data(), *got);
        }
    };
    boost::asio::co_spawn(loop, read, boost::asio::detached);
    loop.run();
    return all;
}

void played_client::measure(message& what) {
    content_at_ = 0;
    if (!what.content->is_repeatable()) return session_->measured(what.size);
    sending::measure octets(what);
    octets.feed(content_of(what));
    session_->measured(octets.finish());
}

void played_client::fill(message& what) {
    if (content_at_ == 0)
        content_ = what.content->is_repeatable() ? content_of(what)
                                                 : std::string("Subject: flows\r\n\r\nslowly\r\n");
    if (content_.empty() || content_at_ == content_.size()) {
        content_at_ = 0;
        return session_->content_ended();
    }
    auto const broken =
        content_.starts_with(script_.content_fails_after) ? script_.content_fails_after : std::string();
    if (!broken.empty() && content_.substr(0, content_at_).ends_with(broken)) {
        content_at_ = 0;
        return session_->content_failed();
    }
    auto piece = content_.substr(content_at_, script_.piece);
    if (!broken.empty() && content_at_ == 0) piece = broken;
    content_at_ += piece.size();
    session_->filled(piece);
}

void played_client::end() {
    is_over_ = true;
    auto const& how = session_->outcome();
    constexpr std::array afterwards{"stop", "next_address", "again"};
    watching_.note("* end: " + (how.error ? how.error.message() : "ok") + ", " +
                   afterwards[std::size_t(how.then)] + ", cause " + std::to_string(int(how.cause)));
    for (std::size_t i = 0; i < script_.batch.messages.size(); ++i) {
        std::string line = "* message " + std::to_string(i) + ':';
        for (auto const& one : script_.batch.messages[i].recipients) line += ' ' + word(one.fate);
        watching_.note(line);
    }
}

}  // namespace submission::testing
