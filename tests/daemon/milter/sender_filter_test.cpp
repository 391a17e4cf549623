#include "milter/sender_filter.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "daemon/support/scripted_steps.hpp"
#include "daemon/support/temporary_folder.hpp"
#include "milterproto/rehearsal.hpp"
#include "support/callout_world.hpp"

using namespace std::chrono_literals;
using milterproto::mta_profile;
using milterproto::rehearsal;

namespace {

constexpr auto stranger = "192.0.2.7";
constexpr auto refusal =
    "550 5.1.8 Sender <ghost@exists.example> refused by its own mail server mx1.exists.example: "
    "550 5.1.1 no such user";

/// The sender filter between a rehearsed MTA and a world in which exists.example knows nobody but Ann, and
/// silent.example says nothing.
class milter_site {
public:
    milter_site() {
        values.server.mode = vouchd::mode::enforce;
        values.log.target = vouchd::log_target::file;
        values.log.file = folder_.file("log");
        world.serve("exists.example", test::callout_peer()
                                          .on("RCPT TO:<ghost", "550 5.1.1 no such user\r\n")
                                          .on("RCPT TO:<", "250 2.1.5 ok\r\n"));
        world.serve("silent.example", test::callout_peer().on("RCPT", ""), "192.0.2.11");
    }

    rehearsal& mta(mta_profile profile = mta_profile::postfix()) {
        live_.emplace(values);
        log_.emplace(*live_);
        policy_.emplace(*live_, make_policy ? make_policy : vouchd::default_policies(world.engine()));
        tools_.emplace(vouchd::filter_tools{*policy_, world.clock, world.chance, *log_, past});
        milterproto::rehearsal_options options(std::move(profile));
        options.loop = &world.context;
        mta_.emplace(milterproto::make_filter(vouchd::sender_filter(*tools_)), options);
        return *mta_;
    }

    /// Puts `values` in force, as they are now.
    void reconfigure() { live_->replace(values); }

    /// Moves time on, `moments` times, to the next moment at which something happens.
    void let_time_pass(int moments) {
        if (moments == 0) return;
        boost::asio::post(world.context, [this, moments] {
            world.clock.advance_to_next_alarm();
            let_time_pass(moments - 1);
        });
    }

    /// The lines of the log that hold all of `parts`.
    std::vector<std::string> lines(std::initializer_list<std::string_view> parts) const {
        std::vector<std::string> found;
        log_->flush();
        std::ifstream log(values.log.file);
        for (std::string line; std::getline(log, line);) {
            auto const is_in_line = [&](auto part) { return (line + ' ').find(part) != line.npos; };
            if (std::ranges::all_of(parts, is_in_line)) found.push_back(line);
        }
        return found;
    }

private:
    test::temporary_folder folder_;

public:
    vouchd::config values;
    test::callout_world world;
    vouchd::history past;
    vouchd::policy_maker make_policy;  ///< a test's own, in the place of the default one

private:
    std::optional<vouchd::live_config> live_;
    std::optional<vouchd::live_policy> policy_;
    std::optional<vouchd::event_log> log_;
    std::optional<vouchd::filter_tools> tools_;
    std::optional<rehearsal> mta_;
};

/// Postfix whose administrator has other wishes: its own lists name nothing that vouchd reads.
mta_profile with_lists_of_its_own() {
    auto profile = mta_profile::postfix();
    profile.macros.fill("{mail_addr} {client_addr} {client_name}");
    return profile;
}

/// A store that cannot be read: a fault of ours in the middle of a decision.
class broken_store final : public callout::store {
public:
    boost::asio::awaitable<std::vector<std::optional<callout::stored_record>>> fetch(
        std::vector<std::string>, callout::steady_time) override {
        if (fault) throw boost::system::system_error(fault, "the store is broken");
        throw std::runtime_error("the store is broken");
    }
    boost::system::error_code fault;
    void put(std::string_view, callout::stored_record const&) override {}
    void erase(std::string_view) override {}
    boost::asio::awaitable<std::vector<std::string>> keys(std::string) override {
        co_return std::vector<std::string>();
    }
    boost::asio::awaitable<callout::result<void>> flush() override { co_return callout::result<void>(); }
};

}  // namespace

TEST(sender_filter, a_message_is_decided_by_the_configuration_with_which_it_began) {  // DM-107
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.helo("client.example.net");
    EXPECT_EQ(mta.mail("<ghost@exists.example>"), "proceed");
    here.values.server.mode = vouchd::mode::monitor;
    here.reconfigure();
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), refusal);
    EXPECT_EQ(here.lines({"event=decision ", "mode=enforce ", "effective=reject "}).size(), 1u);

    mta.abort();
    EXPECT_EQ(mta.mail("<ghost@exists.example>"), "proceed");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(here.lines({"event=decision ", "mode=monitor ", "effective=continue "}).size(), 1u);
}

TEST(sender_filter, asks_the_mta_for_every_macro_that_it_reads) {
    milter_site here;
    auto& mta = here.mta(with_lists_of_its_own());
    mta.define("{auth_authen}", "ann");
    mta.connect("client.example.net", stranger);
    mta.helo("client.example.net");
    EXPECT_EQ(mta.mail("<ghost@exists.example>"), "proceed");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(here.lines({"event=decision ", "rule=authenticated "}).size(), 1u);
}

TEST(sender_filter, an_authentication_without_a_name_is_one) {
    milter_site here;
    auto& mta = here.mta(with_lists_of_its_own());
    mta.define("{auth_type}", "EXTERNAL");
    mta.connect("client.example.net", stranger);
    mta.mail("<ghost@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(here.lines({"event=decision ", "rule=authenticated "}).size(), 1u);
}

TEST(sender_filter, the_log_says_whose_refusal_a_decision_rests_on) {  // DM-150
    milter_site here;
    here.world.serve("listed.example", test::callout_peer("554 5.7.1 you are listed\r\n"), "192.0.2.12");
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    for (auto const* sender : {"<ann@listed.example>", "<bob@listed.example>"}) {
        mta.mail(sender);
        EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
        mta.abort();
    }
    EXPECT_EQ(here.lines({"event=decision ", "address=<ann@listed.example> ", "cached=no "}).size(), 1u);
    EXPECT_EQ(here.lines({"said_about="}).size(), 1u);
    auto const bob = here.lines({"address=<bob@listed.example> ", "cached=yes ", "age_ms=0 ",
                                 "said_about=another ", "kept_for=host "});
    ASSERT_EQ(bob.size(), 1u);
    EXPECT_NE(bob.front().find(" kept_until=2027-01-"), std::string::npos) << bob.front();
}

TEST(sender_filter, the_queue_id_is_logged_as_soon_as_the_mta_tells_it) {
    milter_site at_mail;
    at_mail.values.milter.sender_check_at = vouchd::check_at::mail;
    auto& sendmail = at_mail.mta(with_lists_of_its_own());
    sendmail.define("i", "4bXyZ");
    sendmail.connect("client.example.net", stranger);
    sendmail.mail("<ann@exists.example>");
    sendmail.rcpt("<bob@example.org>");
    EXPECT_EQ(at_mail.lines({"event=decision ", "qid=4bXyZ "}).size(), 1u);

    milter_site at_rcpt;
    auto& postfix = at_rcpt.mta(with_lists_of_its_own());
    postfix.connect("client.example.net", stranger);
    postfix.mail("<ann@exists.example>");
    postfix.define("i", "4bXyZ");
    postfix.rcpt("<bob@example.org>");
    EXPECT_EQ(at_rcpt.lines({"event=decision ", "qid=4bXyZ "}).size(), 1u);
}

TEST(sender_filter, the_mail_of_a_server_causes_no_probe_for_a_catch_all) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    std::size_t recipients = 0;
    for (auto const& written : here.world.net.heard) {
        for (auto at = written.find("RCPT"); at != written.npos; at = written.find("RCPT", at + 1))
            ++recipients;
    }
    EXPECT_EQ(recipients, 1u);
}

TEST(sender_filter, an_abort_while_the_callout_goes_on_is_no_fault) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@silent.example>");
    mta.abort_after(1ms);
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "(too late)");
    EXPECT_TRUE(mta.thrown().empty());
    EXPECT_EQ(here.lines({"event=fault "}).size(), 0u);

    mta.mail("<ghost@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), refusal);
}

// DM-057
TEST(sender_filter, DM_057_the_answer_comes_within_the_reply_budget) {
    milter_site here;
    here.values.milter.reply_budget = 2s;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@silent.example>");
    here.let_time_pass(20);
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(
        here.lines({"event=decision ", "verdict=timeout ", "budget_ms=2000 ", "elapsed_ms=1950 "}).size(),
        1u);
}

// DM-057
TEST(sender_filter, DM_057_a_fault_of_ours_is_answered_as_on_error_says) {
    struct {
        vouchd::on_error chosen;
        char const* answer;
    } const cases[] = {{vouchd::on_error::accept, "proceed"}, {vouchd::on_error::tempfail, "tempfail"}};
    for (auto const& one : cases) {
        broken_store broken;
        milter_site here;
        here.values.milter.on_error = one.chosen;
        here.world.lasting = &broken;
        auto& mta = here.mta();
        mta.connect("client.example.net", stranger);
        mta.mail("<ghost@exists.example>");
        EXPECT_EQ(mta.rcpt("<bob@example.org>"), one.answer);
        EXPECT_EQ(here.lines({"event=fault ", "level=error ", "the store is broken"}).size(), 1u);
        EXPECT_TRUE(mta.thrown().empty());
    }
}

// DM-057
TEST(sender_filter, DM_057_an_operation_of_ours_that_was_aborted_is_a_fault_unless_the_mta_has_given_up) {
    broken_store broken;
    broken.fault = boost::asio::error::operation_aborted;
    milter_site here;
    here.world.lasting = &broken;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ghost@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(here.lines({"event=fault ", "level=error ", "the store is broken"}).size(), 1u);
    EXPECT_TRUE(mta.thrown().empty());
}

// DM-052
TEST(sender_filter, DM_052_every_recipient_hears_the_same_refusal_after_one_callout) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ghost@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), refusal);
    EXPECT_EQ(mta.rcpt("<eve@example.org>"), refusal);
    EXPECT_EQ(here.world.net.connects.size(), 1u);
    EXPECT_EQ(here.lines({"event=decision "}).size(), 1u);
}

// CO-166, RFC 5321 4.5.1
TEST(sender_filter, CO_166_postmaster_and_abuse_are_never_refused_for_the_sender) {
    for (auto const stage : {vouchd::check_at::first_rcpt, vouchd::check_at::mail}) {
        milter_site here;
        here.values.lists.local_domains = vouchd::domain_list({"ours.example"});
        here.values.milter.sender_check_at = stage;
        auto& mta = here.mta();
        mta.connect("client.example.net", stranger);
        EXPECT_EQ(mta.mail("<ghost@exists.example>"), "proceed");
        EXPECT_EQ(mta.rcpt("<Postmaster@ours.example>"), "proceed");
        EXPECT_EQ(mta.rcpt("<bob@ours.example>"), refusal);
        EXPECT_EQ(mta.rcpt("<abuse@OURS.example>"), "proceed");
        EXPECT_EQ(mta.rcpt("<postmaster>"), "proceed");
        EXPECT_EQ(mta.rcpt("<postmaster@elsewhere.example>"), refusal);
        EXPECT_EQ(mta.rcpt("<eve@ours.example>"), refusal);
        EXPECT_EQ(here.lines({"event=decision ", "rule=sender-callout ", "effective=reject "}).size(), 1u);
        EXPECT_EQ(here.lines({"event=decision ", "rule=role-recipients ", "effective=continue "}).size(), 3u);
        EXPECT_EQ(here.lines({"event=callout "}).size(), 1u);
    }
}

TEST(sender_filter, a_message_to_postmaster_alone_causes_no_callout) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ghost@exists.example>");
    EXPECT_EQ(mta.rcpt("<postmaster>"), "proceed");
    EXPECT_TRUE(here.world.net.connects.empty());
    EXPECT_EQ(
        here.lines({"event=decision ", "rcpt=<postmaster> ", "rule=role-recipients ", "action=skip "}).size(),
        1u);
}

TEST(sender_filter, a_role_recipient_of_a_good_sender_is_not_worth_a_line_of_its_own) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(mta.rcpt("<postmaster>"), "proceed");
    EXPECT_EQ(here.lines({"event=decision "}).size(), 1u);
}

// DM-051
TEST(sender_filter, DM_051_the_sender_is_asked_about_at_the_stage_that_is_configured) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    EXPECT_EQ(mta.mail("<ann@exists.example>"), "proceed");
    EXPECT_TRUE(here.world.net.connects.empty());

    milter_site at_mail;
    at_mail.values.milter.sender_check_at = vouchd::check_at::mail;
    auto& early = at_mail.mta();
    early.connect("client.example.net", stranger);
    EXPECT_EQ(early.mail("<ghost@exists.example>"), "proceed");
    EXPECT_EQ(at_mail.world.net.connects.size(), 1u);
    EXPECT_EQ(early.rcpt("<bob@example.org>"), refusal);
    EXPECT_EQ(at_mail.world.net.connects.size(), 1u);
}

TEST(sender_filter, mail_that_a_program_on_this_machine_hands_in_causes_no_callout) {
    struct {
        char const* name;
        char const* address;
        char const* rule;
    } const clients[] = {{"localhost", "unix:/var/run/mta.sock", "rule=own-networks "},
                         {"localhost", "unknown", "rule=own-networks "},
                         {"unknown", "unknown", "rule=sender-callout "}};
    for (auto const& one : clients) {
        milter_site here;
        auto& mta = here.mta();
        mta.connect(one.name, one.address);
        mta.mail("<ann@exists.example>");
        EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
        EXPECT_EQ(here.lines({"event=decision ", one.rule}).size(), 1u) << one.name << ' ' << one.address;
    }
}

TEST(sender_filter, an_IPv4_address_in_the_form_of_IPv6_is_that_IPv4_address) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("localhost", "::ffff:127.0.0.1");
    mta.mail("<ann@exists.example>");
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "proceed");
    EXPECT_EQ(here.lines({"event=decision ", "client=127.0.0.1 ", "rule=own-networks "}).size(), 1u);
}

TEST(sender_filter, a_queue_id_that_comes_after_the_decision_is_logged_at_the_end_of_the_message) {
    milter_site here;
    auto& mta = here.mta(with_lists_of_its_own());
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    mta.rcpt("<bob@example.org>");
    mta.define("i", "4bXyZ");
    EXPECT_EQ(mta.message("Subject: hello\n\nHello\n"), "proceed");
    auto const decided = here.lines({"event=decision "});
    auto const queued = here.lines({"event=queued ", "qid=4bXyZ "});
    ASSERT_EQ(decided.size(), 1u);
    ASSERT_EQ(queued.size(), 1u);
    auto const id_of = [](std::string const& line) {
        auto const begin = line.find(" id=");
        return line.substr(begin, line.find(' ', begin + 1) - begin);
    };
    EXPECT_EQ(id_of(queued.front()), id_of(decided.front()));
    EXPECT_EQ(decided.front().find("qid="), std::string::npos);
}

// DM-087
TEST(sender_filter, a_logged_decision_is_explained_by_its_id_and_by_its_queue_id) {
    milter_site here;
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.helo("client.example.net");
    mta.mail("<ann@exists.example>");
    mta.rcpt("<bob@example.org>");
    mta.define("i", "4bXyZ");
    mta.message("Subject: hello\n\nHello\n");
    auto const found = here.past.find("4bXyZ");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(here.lines({"event=decision ", " id=" + found[0].id + ' '}).size(), 1u);
    EXPECT_EQ(here.past.find(found[0].id).size(), 1u);
    EXPECT_EQ(found[0].helo, "client.example.net");
    EXPECT_EQ(found[0].rcpt, "<bob@example.org>");
    EXPECT_EQ(found[0].why.decision.rule, "sender-callout");
    EXPECT_EQ(found[0].why.verdict->result, "success");
}

TEST(sender_filter, a_queue_id_that_the_decision_had_is_not_logged_again) {
    milter_site here;
    auto& mta = here.mta(mta_profile::sendmail());
    mta.define("i", "tA1B2C3");
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    mta.rcpt("<bob@example.org>");
    EXPECT_EQ(mta.message("Subject: hello\n\nHello\n"), "proceed");
    EXPECT_EQ(here.lines({"event=decision ", "qid=tA1B2C3 "}).size(), 1u);
    EXPECT_EQ(here.lines({"event=queued "}).size(), 0u);
}

TEST(sender_filter, the_end_of_a_message_is_all_that_is_asked_of_its_content) {
    milter_site here;
    auto& mta = here.mta();
    namespace step = milterproto::core::step;
    auto const declined = step::no_data | step::no_headers | step::no_end_of_headers | step::no_body;
    EXPECT_EQ(mta.agreed().steps & declined, declined);
    EXPECT_EQ(mta.agreed().actions & ~std::uint32_t(milterproto::core::action::symbol_lists), 0u);
}

// DM-057
TEST(sender_filter, DM_057_a_step_that_throws_is_a_fault_of_ours) {
    struct {
        vouchd::on_error chosen;
        char const* answer;
    } const cases[] = {{vouchd::on_error::accept, "proceed"}, {vouchd::on_error::tempfail, "tempfail"}};
    for (auto const& one : cases) {
        milter_site here;
        here.values.milter.on_error = one.chosen;
        here.make_policy = [&here](auto values) {
            vouchd::policy::steps steps;
            steps.push_back(std::make_unique<test::broken_step>(here.world.clock));
            return vouchd::policy(std::move(values), std::move(steps));
        };
        auto& mta = here.mta();
        mta.connect("client.example.net", stranger);
        mta.mail("<ann@exists.example>");
        here.let_time_pass(20);
        EXPECT_EQ(mta.rcpt("<bob@example.org>"), one.answer);
        EXPECT_EQ(here.lines({"event=fault ", "level=error ", "the step is broken"}).size(), 1u);
        EXPECT_EQ(here.lines({"event=decision "}).size(), 0u);
        EXPECT_TRUE(mta.thrown().empty());
    }
}

namespace {

/// Makes a policy that refuses everybody, but only after three seconds.
vouchd::policy_maker slow_gate(callout::clock& clock) {
    return [&clock](std::shared_ptr<vouchd::config const> values) {
        auto reply = milterproto::smtp_reply::make(550, "5.7.1", "not from there").value();
        auto const says = vouchd::ruling::refuse({"a stranger"}, std::move(reply));
        vouchd::policy::steps steps;
        steps.push_back(std::make_unique<test::scripted_wait>("gate", clock, 3s, says));
        return vouchd::policy(std::move(values), std::move(steps));
    };
}

}  // namespace

TEST(sender_filter, a_step_that_waits_is_waited_for_once_for_each_message) {
    milter_site here;
    here.make_policy = slow_gate(here.world.clock);
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    here.let_time_pass(20);
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "550 5.7.1 not from there");
    EXPECT_EQ(mta.rcpt("<eve@example.org>"), "550 5.7.1 not from there");
    EXPECT_EQ(here.lines({"event=decision ", "rule=gate ", "action=reject ", "elapsed_ms=3000 "}).size(), 1u);
    EXPECT_EQ(here.lines({"event=decision "}).size(), 1u);
}

TEST(sender_filter, an_abort_while_a_step_waits_is_no_fault_and_no_decision) {
    milter_site here;
    here.make_policy = slow_gate(here.world.clock);
    auto& mta = here.mta();
    mta.connect("client.example.net", stranger);
    mta.mail("<ann@exists.example>");
    mta.abort_after(1ms);
    EXPECT_EQ(mta.rcpt("<bob@example.org>"), "(too late)");
    EXPECT_EQ(here.lines({"event=fault "}).size(), 0u);
    EXPECT_EQ(here.lines({"event=decision "}).size(), 0u);
    EXPECT_TRUE(mta.thrown().empty());
}
