// A callout's client against anything that a peer may say. The first bytes choose how the question is put.
// Each line of the rest is what the peer does next: a control byte from 1 to 6 is a fault or a handshake, all
// else is sent to us as it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/dialogue.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool condition) {
    if (!condition) std::abort();
}

class peer {
public:
    explicit peer(std::string_view does) : rest_(does) {}

    result<reply> answer(reply_reader& reader, stage to) {
        auto const where = to == stage::greeting ? reply_place::greeting : reply_place::later;
        while (true) {
            auto next = reader.next(where);
            if (!next) return next.error();
            if (*next) return **std::move(next);
            if (rest_.empty()) return errc::closed;
            auto const line = take();
            if (line.starts_with('\1')) return errc::closed;
            if (line.starts_with('\2')) return errc::timed_out;
            if (line.starts_with('\3')) return errc::cancelled;
            reader.feed(line);
        }
    }
    result<tls_session> handshake() {
        auto const line = rest_.empty() ? std::string_view() : take();
        if (line.starts_with('\4')) return tls_session();
        if (line.starts_with('\5')) return errc::bytes_before_tls;
        if (line.starts_with('\6')) return errc::timed_out;
        return errc::tls_handshake;
    }

private:
    std::string_view take() {
        auto const end = rest_.find('\n');
        auto const line = rest_.substr(0, end == rest_.npos ? end : end + 1);
        rest_.remove_prefix(line.size());
        return line;
    }
    std::string_view rest_;
};

dialogue_options question(unsigned how, unsigned more) {
    dialogue_options all("mail.example.net", "ann@example.org");
    all.tls = static_cast<tls_use>(how & 3);
    if (how & 4) all.senders.emplace_back("verify@example.net");
    if (how & 8) all.random_recipient = "x7f3q@example.org";
    if (how & 16) all.postmasters = {"postmaster@example.org", "postmaster"};
    if (how & 32) all.needs_smtputf8 = true;
    if (how & 64) all.via = protocol::lmtp;
    if (how & 128) all.may_be_ourselves = true;
    all.max_recipients = 1 + more % 8;
    return all;
}

/// A command is one line, with one of the permitted verbs.
void check_command(std::string_view line) {
    constexpr std::string_view verbs[] = {"EHLO ",       "HELO ",     "LHLO ", "STARTTLS",
                                          "MAIL FROM:<", "RCPT TO:<", "RSET"};
    require(std::ranges::any_of(verbs, [&](auto const& verb) { return line.starts_with(verb); }));
    require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos);
}

/// A reply to anything but RCPT never fails an address, unless it says that the host accepts no mail at all,
/// or none from the null sender. A reply about us never does.
void check_verdict(finding const& found) {
    auto const& v = found.answer;
    require(v.status != status::pass || (v.reply && v.reply->positive()));
    if (v.status != status::fail) return;
    require(v.reply && v.reply->permanent());
    require(v.scope == scope::address || v.scope == scope::domain);
    bool const to_recipient = v.poll.sent.starts_with("RCPT TO:<");
    require(to_recipient || v.reason == reason::no_service || v.reason == reason::null_refused);
}

/// The number of steps of one dialogue is bounded, however long a peer goes on.
constexpr int most_steps = 64;

void converse(dialogue& talk, session const& state, peer& other, reply_reader& reader) {
    int steps = 0;
    for (auto next = talk.start(); !next.finished(); ++steps) {
        require(steps < most_steps);
        if (next.what == action::kind::secure) {
            require(!state.secure);
            next = talk.secured(other.handshake());
        } else if (next.what == action::kind::weigh) {
            next = talk.weighed(talk.proposed());
        } else {
            for (auto const& one : next.commands) check_command(one.line());
            require(talk.outstanding() > 0 && talk.outstanding() <= 4);
            next = talk.resume(other.answer(reader, talk.awaited().where));
        }
    }
    check_verdict(talk.outcome());
    require(!talk.may_be_kept() || (!talk.again() && talk.outstanding() == 0));
}

/// The largest number of connections that one question may make.
constexpr int most_connections = 12;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    auto const who = question(data[0], data[1]);
    peer other(std::string_view(reinterpret_cast<char const*>(data) + 2, size - 2));
    session state;
    reply_reader reader;
    opening how;
    for (int questions = 0, connections = 0; questions < 4; ++questions) {
        while (true) {
            require(++connections <= most_connections * (questions + 1));
            dialogue talk(who, how, state);
            converse(talk, state, other, reader);
            bool const again = talk.again().has_value();
            if (again) how = *talk.again();
            if (!talk.may_be_kept() || again) {
                state = session();
                reader = reply_reader();
            }
            if (!again) break;
        }
        how = opening();
    }
    return 0;
}
