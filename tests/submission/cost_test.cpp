#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "callout/testing/seeded_random.hpp"
#include "sending/preparation.hpp"
#include "sending/session.hpp"
#include "submission/support/still_clock.hpp"
#include "support/linear_cost.hpp"
#include "support/spending.hpp"

/// What sending costs grows with what is sent, and no faster.
namespace submission::sending {
namespace {

using test::expect_linear;
using test::spending;
using test::spent;

/// The test feeds the content itself.
class no_source final : public content_source {
public:
    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char>) override {
        co_return std::size_t{0};
    }
    bool is_repeatable() const noexcept override { return true; }
    void rewind() override {}
};

message message_to(std::size_t recipients) {
    message made(mailbox::parse("ann@x.example").value(), std::make_unique<no_source>());
    auto const whom = mailbox::parse("bob@y.example").value();
    for (std::size_t i = 0; i < recipients; ++i) made.to(whom);
    return made;
}

/// What is sent, to a server that offers this, and answers RCPT by the number of those it has taken.
struct work {
    batch mail;
    std::string content = "hi\r\n";
    std::string keywords = "250 PIPELINING\r\n";
    std::size_t taken_at_once = SIZE_MAX;
    std::size_t piece = 4096;
};

class server {
public:
    explicit server(std::size_t taken_at_once) : most_(taken_at_once) {}
    void hear(std::string_view bytes) { unread_ += bytes; }
    /// Returns the reply to the next command; an empty text for what is none.
    std::string_view answer() {
        auto const end = unread_.find("\r\n", at_);
        std::string_view const line = std::string_view(unread_).substr(at_, end - at_);
        at_ = end + 2;
        if (line.starts_with("BDAT ")) at_ += std::stoul(std::string(line.substr(5)));
        std::string_view said = "250 ok\r\n";
        if (in_data_ && line != ".") said = "";
        if (in_data_ && line == ".") in_data_ = false;
        if (line.starts_with("MAIL")) taken_ = 0;
        if (line.starts_with("RCPT") && taken_++ >= most_) said = "452 4.5.3 too many\r\n";
        if (line == "DATA") {
            in_data_ = true;
            said = "354 go on\r\n";
        }
        if (at_ >= unread_.size()) {
            unread_.clear();
            at_ = 0;
        }
        return said;
    }

private:
    std::size_t most_;
    std::size_t taken_ = 0;
    bool in_data_ = false;
    std::string unread_;
    std::size_t at_ = 0;
};

void send(work what) {
    testing::still_clock const clock;
    callout::testing::seeded_random chance;
    notifier const tell(nullptr, clock);
    session_options how;
    how.tls = tls_policy::never;
    how.chunk = 8192;
    session talk(what.mail, how, opening(), "mx.example", tell, chance);
    server other(what.taken_at_once);
    talk.start();
    talk.feed("220 mx\r\n");
    talk.written();
    talk.feed("250-mx\r\n" + what.keywords);
    std::string_view rest;
    while (true) {
        auto const now = talk.next();
        using kind = action::kind;
        if (now.what == kind::done) break;
        if (now.what == kind::write) {
            other.hear(talk.output());
            talk.written();
        } else if (now.what == kind::measure) {
            measure octets(what.mail.messages[now.message]);
            octets.feed(what.content);
            rest = what.content;
            talk.measured(octets.finish());
        } else if (now.what == kind::fill && !rest.empty()) {
            auto const piece = rest.substr(0, what.piece);
            rest.remove_prefix(piece.size());
            talk.filled(piece);
        } else if (now.what == kind::fill) {
            talk.content_ended();
        } else {
            talk.feed(other.answer());
        }
    }
    for (auto const& one : what.mail.messages)
        for (auto const& whom : one.recipients) ASSERT_EQ(whom.fate, fate::delivered);
}

struct row {
    char const* name;
    std::function<void(work&, std::size_t)> of;
};

auto content_of(std::string_view line, missing_headers headers = missing_headers::stay_away) {
    return [=](work& what, std::size_t size) {
        what.mail.add(message_to(1)).headers = headers;
        what.content.clear();
        while (what.content.size() < 100 * size) what.content += line;
    };
}

row const table[] = {
    {"recipients", [](work& what, std::size_t size) { what.mail.add(message_to(size)); }},
    {"recipients one by one",
     [](work& what, std::size_t size) {
         what.mail.add(message_to(size));
         what.keywords = "250 SIZE\r\n";
     }},
    {"recipients of which few are taken at once",
     [](work& what, std::size_t size) {
         what.mail.add(message_to(size / 10));
         what.taken_at_once = 1;
     }},
    {"messages",
     [](work& what, std::size_t size) {
         for (std::size_t i = 0; i < size / 4; ++i) what.mail.add(message_to(1));
     }},
    {"lines", content_of("a line of text\r\n")},
    {"dots", content_of(".\r\n")},
    {"CRs", content_of("\r")},
    {"LFs", content_of("\n")},
    {"a line without end", content_of("xxxxxxxx")},
    {"headers", content_of("X: y\r\n", missing_headers::are_added)},
    {"a header without end", content_of("X:y", missing_headers::are_added)},
    {"chunks",
     [](work& what, std::size_t size) {
         content_of("a line\r\n")(what, size);
         what.keywords = "250-PIPELINING\r\n250 CHUNKING\r\n";
     }},
};

spending cost_of(row const& what, std::size_t size) {
    work all;
    what.of(all, size);
    spent = {};
    send(std::move(all));
    return spent;
}

/// A batch has more of its own than an input of bytes.
constexpr std::uint64_t small_change = 256 * 1024;

TEST(SubmissionCost, GrowsWithWhatIsSentAndNoFaster) {
    constexpr std::size_t size = 2000;
    for (auto const& one : table) {
        auto const once = cost_of(one, size);
        auto const twice = cost_of(one, 2 * size);
        SCOPED_TRACE(one.name);
        expect_linear("steps", once.steps, twice.steps, small_change);
        expect_linear("bytes of memory", once.taken, twice.taken, small_change);
        expect_linear("bytes moved", once.touched, twice.touched, small_change);
    }
}

}  // namespace
}  // namespace submission::sending
