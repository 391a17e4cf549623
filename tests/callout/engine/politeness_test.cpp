// Whom a complaint keeps us away from (smtp-callout.md 7.1).

#include "engine/politeness.hpp"

#include <gtest/gtest.h>

#include "callout/testing/virtual_clock.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace std::chrono_literals;
using core::stage;

namespace {

endpoint const shared_host(test::ip("192.0.2.10"), 25);

verification said(stage where, unsigned code, status s, reason r, scope whose) {
    verification v(s, r);
    v.scope = whose;
    v.said_at = where;
    v.reply = core::reply(code, std::nullopt, {"words"});
    return v;
}

class politeness_of_one_gateway : public ::testing::Test {
protected:
    bool is_left_alone_for(std::string const& domain) const {
        return reason_for("bob@" + domain).has_value();
    }
    std::optional<verification> reason_for(std::string const& address) const {
        return manners_.reason_to_keep_away("mx.example.org", shared_host, question(address));
    }
    void learn(verification const& v) { manners_.learn(shared_host, question("ann@example.org"), v); }

    static core::brief question(std::string const& address) {
        return core::brief(request(test::box(address)), engine_options());
    }
    void let_pass(std::chrono::seconds time) { clock_.advance(time); }
    system_time wall() const { return clock_.wall(); }

private:
    boost::asio::io_context context_;
    callout::testing::virtual_clock clock_{context_};
    politeness manners_{clock_, politeness_limits()};
};

}  // namespace

TEST_F(politeness_of_one_gateway, complaint_before_the_recipient_is_of_everybody) {  // CO-200
    for (auto const where : {stage::greeting, stage::ehlo, stage::mail_null}) {
        learn(said(where, 450, status::transient, reason::temporary, scope::self));
        EXPECT_TRUE(is_left_alone_for("example.org"));
        EXPECT_TRUE(is_left_alone_for("example.net"));
    }
}

TEST_F(politeness_of_one_gateway, complaint_at_the_recipient_is_of_its_domain) {  // CO-200
    learn(said(stage::rcpt, 450, status::transient, reason::temporary, scope::self));
    EXPECT_TRUE(is_left_alone_for("example.org"));
    EXPECT_FALSE(is_left_alone_for("example.net"));
}

TEST_F(politeness_of_one_gateway, refusal_by_policy_at_the_recipient_is_of_its_domain) {  // CO-200
    learn(said(stage::rcpt, 550, status::error, reason::policy, scope::self));
    EXPECT_TRUE(is_left_alone_for("example.org"));
    EXPECT_FALSE(is_left_alone_for("example.net"));
}

TEST_F(politeness_of_one_gateway, closing_the_connection_is_of_everybody) {  // CO-156, CO-200
    learn(said(stage::rcpt, 421, status::transient, reason::busy, scope::host));
    EXPECT_TRUE(is_left_alone_for("example.net"));
}

TEST_F(politeness_of_one_gateway, refusal_of_one_mailbox_is_no_complaint) {  // CO-201
    learn(said(stage::rcpt, 550, status::error, reason::policy, scope::address));
    EXPECT_FALSE(is_left_alone_for("example.org"));
    auto later = said(stage::rcpt, 450, status::transient, reason::temporary, scope::address);
    later.reply->enhanced = core::enhanced_code{4, 7, 1};
    learn(later);
    EXPECT_FALSE(is_left_alone_for("example.org"));
}

TEST_F(politeness_of_one_gateway, says_since_when_and_until_when_a_host_is_left_alone) {  // CO-203
    learn(said(stage::rcpt, 450, status::transient, reason::temporary, scope::self));
    let_pass(20s);
    auto const why = reason_for("bob@example.org").value();
    EXPECT_EQ(why.age, 20s);
    EXPECT_EQ(why.kept_for, kept_for::host);
    EXPECT_EQ(why.kept_until.value() - wall(), politeness_limits().back_off_first - 20s);
    EXPECT_TRUE(why.said_to_another);
    EXPECT_EQ(why.ip, "192.0.2.10");
    EXPECT_FALSE(reason_for("ann@example.org")->said_to_another);
}
