// What is kept of a refusal, and for whom (smtp-callout.md 6.2).

#include "engine/knowledge.hpp"

#include <gtest/gtest.h>

#include "callout/testing/memory_world.hpp"
#include "core/brief.hpp"
#include "core/ruling.hpp"
#include "support/callout_address.hpp"
#include "support/callout_names.hpp"

using namespace callout;
using namespace std::chrono_literals;
using core::stage;

namespace {

endpoint const gateway(test::ip("192.0.2.10"), 25);

verification refusal(stage where, scope whose, std::string const& words = "refused by policy") {
    verification v(status::error, reason::policy);
    v.scope = whose;
    v.said_at = where;
    v.message = "550 5.7.1 " + words;
    v.reply = core::reply(550, core::enhanced_code{5, 7, 1}, {"5.7.1 " + words});
    return v;
}

verification acceptance() {
    verification v(status::pass, reason::accepted);
    v.said_at = stage::rcpt;
    v.reply = core::reply(250, std::nullopt, {"ok"});
    return v;
}

/// What an engine knows that has asked one gateway, which serves several domains.
class knowledge_of_one_gateway : public ::testing::Test {
protected:
    core::brief question(std::string_view address) const {
        return core::brief(request(test::box(address)), world_.options);
    }
    /// As an inquiry does with what a connection brought.
    void learn(std::string_view address, verification v) {
        auto const what = question(address);
        auto const& options = world_.options;
        bool const is_said_to_several =
            known_.is_said_to_several(gateway, what.address, what.keys, options, v);
        core::rule(v, {.said_to_several = is_said_to_several});
        known_.learn_remote(gateway, what.keys, options, v);
        known_.learn(what.address, what.keys, v, std::chrono::seconds::max());
    }
    std::optional<verification> refusal_of(std::string_view address) {
        return known_.of_remote(gateway, question(address).keys, world_.options);
    }
    bool refuses(std::string_view address) { return refusal_of(address).has_value(); }
    kept_numbers addresses() const { return known_.numbers().addresses; }
    kept_numbers remotes() const { return known_.numbers().remotes; }

    callout::testing::memory_world world_;

private:
    static engine_options const& without_jitter(engine_options& options) {
        options.lifetimes.jitter_percent = 0;
        return options;
    }

    knowledge known_{world_.doors(), without_jitter(world_.options)};
};

}  // namespace

TEST_F(knowledge_of_one_gateway, refusal_before_the_recipient_holds_for_all_domains) {  // CO-200
    learn("ann@example.org", refusal(stage::mail_null, scope::self));
    EXPECT_TRUE(refuses("bob@example.org"));
    EXPECT_TRUE(refuses("bob@example.net"));
    EXPECT_EQ(remotes().entries, 1u);
    EXPECT_EQ(addresses().entries, 0u);
}

TEST_F(knowledge_of_one_gateway, refusal_at_the_recipient_holds_for_its_domain) {  // CO-200
    learn("ann@example.org", refusal(stage::rcpt, scope::self));
    EXPECT_TRUE(refuses("bob@example.org"));
    EXPECT_FALSE(refuses("bob@example.net"));
    EXPECT_EQ(remotes().entries, 1u);
    EXPECT_EQ(addresses().entries, 0u);
}

TEST_F(knowledge_of_one_gateway, refusal_of_one_mailbox_holds_for_it_alone) {  // CO-201
    learn("ann@example.org", refusal(stage::rcpt, scope::address));
    EXPECT_FALSE(refuses("bob@example.org"));
    EXPECT_EQ(remotes().entries, 0u);
    EXPECT_EQ(addresses().entries, 1u);
}

TEST_F(knowledge_of_one_gateway, third_mailbox_refused_alike_makes_it_about_us) {  // CO-202
    learn("ann@example.org", refusal(stage::rcpt, scope::address, "<ann@example.org>: by policy"));
    learn("bob@example.org", refusal(stage::rcpt, scope::address, "<bob@example.org>: by policy"));
    EXPECT_FALSE(refuses("dora@example.org"));
    learn("carl@example.org", refusal(stage::rcpt, scope::address, "<carl@example.org>: by policy"));
    EXPECT_TRUE(refuses("dora@example.org"));
    EXPECT_FALSE(refuses("dora@example.net")) << "another customer of the gateway";
    EXPECT_EQ(addresses().entries, 2u);
    EXPECT_EQ(remotes().entries, 1u);
}

TEST_F(knowledge_of_one_gateway, mailboxes_of_several_domains_count_together) {  // CO-202
    for (auto const* address : {"ann@example.org", "ann@example.net"})
        learn(address, refusal(stage::rcpt, scope::address));
    learn("ann@example.com", refusal(stage::rcpt, scope::address));
    EXPECT_TRUE(refuses("bob@example.com"));
    EXPECT_FALSE(refuses("bob@example.org"));
}

TEST_F(knowledge_of_one_gateway, an_acceptance_between_shows_that_it_talks_to_us) {  // CO-202
    for (auto const* address : {"ann@example.org", "bob@example.org"})
        learn(address, refusal(stage::rcpt, scope::address));
    learn("eve@example.net", acceptance());
    learn("carl@example.org", refusal(stage::rcpt, scope::address));
    EXPECT_FALSE(refuses("dora@example.org"));
}

TEST_F(knowledge_of_one_gateway, what_others_are_known_as_is_counted_apart) {
    for (auto const* address : {"ann@example.org", "bob@example.org"})
        learn(address, refusal(stage::rcpt, scope::address));
    world_.options.source_ipv4 = test::ip("198.51.100.7");
    learn("carl@example.org", refusal(stage::rcpt, scope::address));
    EXPECT_FALSE(refuses("dora@example.org"));
}

TEST_F(knowledge_of_one_gateway, tells_whose_refusal_it_is_and_how_long_it_holds) {  // CO-203
    auto const said = world_.clock.wall();
    learn("ann@example.org", refusal(stage::rcpt, scope::self));
    world_.clock.advance(12min);
    auto const to_bob = refusal_of("bob@example.org").value();
    EXPECT_TRUE(to_bob.said_to_another);
    EXPECT_EQ(to_bob.kept_for, kept_for::host);
    EXPECT_EQ(to_bob.age, 12min);
    EXPECT_EQ(to_bob.kept_until.value() - said, 30min) << "cache.policy_block_ttl";
    EXPECT_EQ(to_bob.said_at, stage::rcpt);
    EXPECT_FALSE(refusal_of("ann@example.org")->said_to_another);
}
