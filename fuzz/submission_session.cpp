// A client that sends mail, against anything that a server may say. The first bytes choose what is sent and
// how. Each line of the rest is what the server does next: a control byte from 1 to 5 is a fault or a
// handshake, all else is read as it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "callout/testing/seeded_random.hpp"
#include "sending/preparation.hpp"
#include "sending/session.hpp"

namespace {

using namespace submission;
using sending::action;

void require(bool condition) {
    if (!condition) std::abort();
}

class no_time final : public callout::clock {
public:
    callout::steady_time now() const noexcept override { return {}; }
    callout::system_time wall() const noexcept override { return {}; }
    std::unique_ptr<callout::alarm> make_alarm() override { return nullptr; }
};

constexpr std::string_view content = "Subject: hi\n.dot\r\rlast";

batch mail_of(unsigned how) {
    batch all;
    auto const address = [](char const* text) { return mailbox::parse(text).value(); };
    for (unsigned i = 0; i < 1 + how % 3; ++i) {
        auto& one = all.add(message(address("ann@x.example"), text_content("")));
        for (auto const* const to : {"bob@y.example", "cy@y.example", "dee@y.example"}) one.to(address(to));
        if ((how & 4) != 0) one.required = required_recipients::all;
        if ((how & 8) != 0 && i == 0) one.body = body_type::binary;
        if ((how & 16) != 0) one.by = deliver_by::make(60, late_mail::notify).value();
        if ((how & 32) != 0) one.ret = returned::full;
        if ((how & 64) != 0) one.has_utf8_headers = i == 1;
    }
    if ((how & 128) != 0) all.etrns.push_back(etrn::make("y.example", '@').value());
    return all;
}

session_options options_of(unsigned how) {
    session_options all;
    all.tls = static_cast<tls_policy>(how & 3);
    all.chunking = (how & 4) != 0 ? chunking::never : chunking::where_offered;
    all.chunk = 8;
    all.pipelining = static_cast<pipelining>((how >> 3) % 3);
    all.recipients_of_transaction = (how & 64) != 0 ? 2 : 1000;
    if ((how & 128) != 0) {
        all.login = credentials::password("ann", "secret");
        all.login->place = auth_place::anywhere;
    }
    return all;
}

/// Checks the promises of events.hpp.
class watcher final : public observer {
public:
    void on(any_event const& what, callout::steady_time) override {
        if (auto const* const e = std::get_if<event::mail_status>(&what)) begun_ = e->message;
        if (auto const* const e = std::get_if<event::data_ready>(&what)) accepted_ = e->accepted;
        if (auto const* const e = std::get_if<event::message_progress>(&what)) {
            require(e->message == begun_ && accepted_ > 0 && e->octets > 0 && e->total >= e->octets);
            require(!e->of || e->total <= *e->of);
        }
        if (auto const* const e = std::get_if<event::message_result>(&what)) {
            require(!last_result_ || *last_result_ < e->message);  // once for each, in their order
            last_result_ = e->message;
            require(e->error || (e->reply && e->reply->positive()));
            accepted_ = 0;
        }
        if (auto const* const e = std::get_if<event::sent>(&what))
            require(e->command.find_first_of(std::string_view("\r\n\0", 3)) == e->command.npos);
    }

private:
    std::size_t begun_ = 0;
    std::size_t accepted_ = 0;
    std::optional<std::size_t> last_result_;
};

class server {
public:
    explicit server(std::string_view does) : rest_(does) {}
    std::string_view take() {
        auto const end = rest_.find('\n');
        auto const line = rest_.substr(0, end == rest_.npos ? end : end + 1);
        rest_.remove_prefix(line.size());
        return line;
    }
    bool is_silent() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

void obey_read(sending::session& talk, server& other) {
    if (other.is_silent()) return talk.lost(callout::errc::closed);
    auto const line = other.take();
    if (line.starts_with('\1')) return talk.lost(callout::errc::closed);
    if (line.starts_with('\2')) return talk.lost(callout::errc::timed_out);
    if (line.starts_with('\3')) return talk.cancel();
    talk.feed(line);
}

void obey_handshake(sending::session& talk, server& other) {
    auto const line = other.is_silent() ? std::string_view() : other.take();
    if (talk.has_leftover()) return talk.secured(callout::errc::bytes_before_tls);
    if (!line.starts_with('\4') && !line.starts_with('\5')) return talk.secured(callout::errc::tls_handshake);
    callout::tls_session made;
    if (line.starts_with('\5')) made.problems = callout::certificate_problem::invalid;
    talk.secured(made);
}

/// What goes out, but for chunks, is lines that end in CR LF.
void check_output(std::string_view output) {
    require(output.size() < 64 * 1024);
    if (output.find("BDAT") != output.npos) return;
    for (std::size_t i = 0; i < output.size(); ++i) {
        if (output[i] == '\n') require(i > 0 && output[i - 1] == '\r');
        if (output[i] == '\r') require(i + 1 < output.size() && output[i + 1] == '\n');
    }
}

sending::ending converse(batch& mail, session_options const& how, sending::opening begin, server& other) {
    no_time clock;
    callout::testing::seeded_random chance;
    watcher watching;
    sending::notifier const tell(&watching, clock);
    sending::session talk(mail, how, begin, "mx.example", tell, chance);
    talk.start();
    bool was_filled = false;
    for (int steps = 0;; ++steps) {
        require(steps < 20'000);
        auto const now = talk.next();
        using kind = action::kind;
        if (now.what == kind::done) return talk.outcome();
        if (now.what == kind::write) {
            check_output(talk.output());
            talk.written();
        } else if (now.what == kind::read) {
            obey_read(talk, other);
        } else if (now.what == kind::start_tls) {
            obey_handshake(talk, other);
        } else if (now.what == kind::measure) {
            sending::measure octets(mail.messages[now.message]);
            octets.feed(content);
            was_filled = false;
            talk.measured(octets.finish());
        } else if (!was_filled) {
            was_filled = true;
            talk.filled(content);
        } else {
            was_filled = false;
            talk.content_ended();
        }
    }
}

/// Returns how many recipients are complete.
std::size_t complete(batch const& mail) {
    std::size_t all = 0;
    for (auto const& one : mail.messages)
        all += static_cast<std::size_t>(std::ranges::count_if(one.recipients, &recipient::complete));
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    auto mail = mail_of(data[0]);
    auto const how = options_of(data[1]);
    server other(std::string_view(reinterpret_cast<char const*>(data) + 2, size - 2));
    sending::opening begin;
    for (int runs = 0; runs < 3; ++runs) {
        auto const before = complete(mail);
        auto const ended = converse(mail, how, begin, other);
        require(complete(mail) >= before);  // what is complete stays so
        begin = ended.then == sending::afterwards::again ? ended.next : sending::opening();
    }
    return 0;
}
