// What an SMTP client says to a server. The first byte chooses the server's options, the second how the rest
// is cut into pieces.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "smtpserver/core/session.hpp"

namespace {

using namespace smtpserver;

void require(bool condition) {
    if (!condition) std::abort();
}

/// Small limits, so that short inputs reach them.
std::shared_ptr<session_options const> options_of(std::uint8_t choice) {
    session_options made;
    made.host_name = "mx.example";
    made.protocol = (choice & 1) != 0 ? protocol::lmtp : protocol::smtp;
    made.line_ends = static_cast<bare_line_ends>((choice >> 1) % 3);
    made.paths = (choice & 8) != 0 ? path_syntax::lenient : path_syntax::strict;
    made.tls = (choice & 16) != 0 ? tls_offer::starttls : tls_offer::none;
    made.allowed_passwords = passwords::anywhere;
    if ((choice & 32) != 0) made.offers = made.offers.with(extension::auth);
    made.asks.unknown = made.asks.vrfy = made.asks.data = made.asks.hello = (choice & 64) != 0;
    made.limits.line = 200;
    made.limits.auth_line = 200;
    made.limits.content_line = 100;
    made.limits.message = 300;
    made.limits.discarded = 600;
    made.limits.recipients = 3;
    made.limits.errors = 12;
    made.limits.errors_in_haste = 6;
    made.limits.junk = 10;
    return std::make_shared<session_options const>(made);
}

/// Obeys a session, and records what it said and asked.
class shell {
public:
    shell(std::uint8_t choice, std::shared_ptr<session_options const> options)
        : session_(std::move(options), connection(),
                   (choice & 128) != 0 ? xclient_use::allowed : xclient_use::refused) {}

    void run() {
        while (!is_closed_ &&
               std::visit([this](auto const& what) { return obey(what); }, session_.next({}))) {
        }
    }
    void feed(std::string_view octets) {
        session_.feed(octets);
        run();
    }
    void lose() {
        session_.ended();
        run();
        require(is_closed_ && !session_.is_in_transaction());
    }
    std::size_t room() const { return session_.room(); }
    bool is_closed() const { return is_closed_; }
    std::string const& record() const { return record_; }
    std::string const& said() const { return said_; }

private:
    void take_output() {
        require(session_.output().size() < 2 * limits::output);
        record_ += session_.output();
        said_ += session_.output();
        session_.written(session_.output().size());
    }
    void note(std::string_view what, std::string_view of = {}) {
        take_output();
        record_ += what;
        record_ += of;
        record_ += '\n';
    }
    bool answer() {
        // Every seventh answer refuses, and says so in a way that must not become a reply of its own.
        if (++answers_ % 7 == 0) {
            session_.answer({550, "no\r\n250 yes"});
        } else {
            session_.answer(250);
        }
        return true;
    }

    bool obey(action::read const&) {
        take_output();
        return false;
    }
    bool obey(action::close const&) {
        take_output();
        is_closed_ = true;
        return false;
    }
    bool obey(action::start_tls const&) {
        note("tls");
        session_.secured({"TLSv1.3", "none"});
        return true;
    }
    bool obey(action::write const&) {
        take_output();
        return true;
    }
    bool obey(action::pause const&) {
        note("pause");
        return true;
    }
    bool obey(action::take_content const& one) {
        content_ += one.octets;
        require(content_.size() <= 300);
        return true;
    }
    bool obey(action::abandoned const& one) {
        content_.clear();
        note("abandoned ", one.envelope.mail.path.address());
        return true;
    }
    bool obey(action::ask_message const& one) {
        require(one.facts.size == content_.size() && content_.size() <= 300);
        require(!session_.transaction().recipients.empty() && session_.transaction().recipients.size() <= 3);
        note("message ", content_);
        content_.clear();
        if (++answers_ % 3 == 0) {
            session_.answer_each({reply(550), reply(250)});
        } else {
            session_.answer(250);
        }
        return true;
    }
    bool obey(action::ask_connect const&) { return answer(); }
    bool obey(action::ask_data const&) { return answer(); }
    bool obey(action::ask_hello const& one) {
        note("hello ", one.name);
        return answer();
    }
    bool obey(action::ask_mail const& one) {
        require(content_.empty());
        note("mail ", one.mail.path.address());
        return answer();
    }
    bool obey(action::ask_rcpt const& one) {
        require(!one.rcpt.path.is_null());
        note("rcpt ", one.rcpt.path.address());
        return answer();
    }
    bool obey(action::ask_auth const& one) {
        require(!one.credentials.user.empty() || one.credentials.mechanism == "LOGIN");
        note("auth ", one.credentials.user);
        return answer();
    }
    bool obey(action::ask_vrfy const& one) {
        note("vrfy ", one.argument);
        return answer();
    }
    bool obey(action::ask_unknown const& one) {
        note("unknown ", one.line);
        return answer();
    }

    session session_;
    std::string record_;
    std::string said_;
    std::string content_;
    std::size_t answers_ = 0;
    bool is_closed_ = false;
};

/// Checks that all that was said are replies, and returns how many.
std::size_t replies_in(std::string_view said) {
    std::size_t replies = 0;
    while (!said.empty()) {
        auto const end = said.find("\r\n");
        require(end != said.npos && end + 2 <= limits::reply_line && end >= 4);
        auto const line = said.substr(0, end);
        require(std::ranges::all_of(line.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; }));
        require(line[3] == ' ' || line[3] == '-');
        require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos);
        replies += line[3] == ' ' ? 1 : 0;
        said.remove_prefix(end + 2);
    }
    return replies;
}

std::string converse(std::uint8_t choice, std::string_view input, std::size_t piece) {
    shell one(choice, options_of(choice));
    one.run();
    while (!input.empty() && !one.is_closed()) {
        auto const count = std::min({piece, input.size(), one.room()});
        require(count > 0);
        one.feed(input.substr(0, count));
        input.remove_prefix(count);
    }
    if (!one.is_closed()) one.lose();
    auto const lines = static_cast<std::size_t>(std::ranges::count(one.record(), '\n'));
    require(replies_in(one.said()) <= lines);
    return one.record();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string const input(reinterpret_cast<char const*>(data) + 2, size - 2);
    auto const whole = converse(data[0], input, std::max<std::size_t>(input.size(), 1));
    // A handshake takes the place of what came in clear after STARTTLS, and that depends on the pieces.
    bool const has_tls = (data[0] & 16) != 0;
    auto const piece = data[1] % 4 == 0 ? 1 : std::size_t{2} + data[1] / 4;
    auto const pieces = converse(data[0], input, piece);
    require(has_tls || pieces == whole);
    return 0;
}
