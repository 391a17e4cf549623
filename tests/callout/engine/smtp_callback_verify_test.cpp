#include "callout/smtp_callback_verify.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

boost::asio::awaitable<void> call(callout_world& w, std::string address, std::optional<std::string> sender,
                                  std::optional<callback_answer>& into) {
    into =
        co_await smtp_callback_verify(w.engine(), std::move(address), std::move(sender), w.clock.now() + 30s);
}

callback_answer ask(callout_world& w, std::string address, std::optional<std::string> sender = {}) {
    std::optional<callback_answer> answer;
    boost::asio::co_spawn(w.context, call(w, std::move(address), std::move(sender), answer),
                          boost::asio::detached);
    w.run_until([&] { return answer.has_value(); });
    return answer.value_or(callback_answer());
}

bool was_said(callout_world const& w, std::string_view line) {
    return std::ranges::any_of(w.net.heard, [&](auto const& said) { return said.find(line) != said.npos; });
}

}  // namespace

TEST(smtp_callback_verify, a_status_and_the_whole_reply) {  // CO-107, CO-112
    callout_world w;
    w.serve("example.org", callout_peer().on("RCPT", "550-5.1.1 no such user\r\n550 5.1.1 really\r\n"));
    auto const answer = ask(w, "nobody@example.org");
    EXPECT_EQ(answer.status, "fail");
    EXPECT_EQ(answer.message, "550-5.1.1 no such user\r\n550 5.1.1 really");
    EXPECT_EQ(answer.details.reason, reason::no_mailbox);
}

TEST(smtp_callback_verify, the_statuses_of_its_page) {
    callout_world w;
    w.serve("good.example", callout_peer(), "192.0.2.11");
    w.serve("later.example", callout_peer().on("RCPT", "451 4.3.0 later\r\n"), "192.0.2.12");
    w.serve("listed.example", callout_peer().on("RCPT", "550 5.7.1 you are on our blacklist\r\n"),
            "192.0.2.13");
    EXPECT_EQ(ask(w, "ann@good.example").status, "pass");
    EXPECT_EQ(ask(w, "ann@later.example").status, "transient");
    EXPECT_EQ(ask(w, "ann@listed.example").status, "error");
    EXPECT_EQ(ask(w, "no address").status, "error");
    EXPECT_EQ(ask(w, "ann@localhost").status, "fail");
    EXPECT_EQ(ask(w, "ann@localhost").message.substr(0, 10), "550 5.1.2 ");
}

TEST(smtp_callback_verify, the_given_sender_is_for_that_call_alone) {
    callout_world w;
    w.serve("example.org", callout_peer());
    EXPECT_EQ(ask(w, "ann@example.org", "asks@example.net").status, "pass");
    EXPECT_TRUE(was_said(w, "MAIL FROM:<asks@example.net>"));
    w.net.heard.clear();
    EXPECT_EQ(ask(w, "ann@example.org").status, "pass");  // nor is the first call's answer this one's
    EXPECT_TRUE(was_said(w, "MAIL FROM:<>"));
    EXPECT_FALSE(was_said(w, "asks@example.net"));
    w.net.heard.clear();
    EXPECT_EQ(ask(w, "bob@example.org", "<>").status, "pass");
    EXPECT_TRUE(was_said(w, "MAIL FROM:<>"));
}

TEST(smtp_callback_verify, a_sender_that_is_no_address_is_refused_here) {
    callout_world w;
    w.serve("example.org", callout_peer());
    auto const answer = ask(w, "ann@example.org", "a\r\nRCPT TO:<b@example.org>");
    EXPECT_EQ(answer.status, "error");
    EXPECT_EQ(answer.message.substr(0, 10), "501 5.1.7 ");
    EXPECT_TRUE(w.net.heard.empty());
}
