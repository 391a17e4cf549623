#include "milterproto/handler.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace milterproto {
namespace {

namespace action = core::action;
namespace step = core::step;

// ---- what a handler's members say to the MTA ----

struct only_ends {
    void on_close(connection&) {}
};

/// Members may also be plain functions, const and noexcept.
struct decides_at_once {
    session_verdict on_connect(connection&, connect_event const&) { return proceed; }
    message_verdict on_mail(connection&, message<>&, mail_event const&) const { return proceed; }
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) noexcept { return reject; }
    void on_header(connection&, message<>&, header_event const&) const noexcept {}
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        return actions.add_header("X-Seen", "yes") ? message_verdict(proceed) : message_verdict(tempfail);
    }
};

struct decides_everything {
    task<session_verdict> on_connect(connection&, connect_event const&) { co_return proceed; }
    task<session_verdict> on_helo(connection&, helo_event const&) { co_return proceed; }
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) { co_return proceed; }
    task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) { co_return proceed; }
    task<message_verdict> on_data(connection&, message<>&) { co_return proceed; }
    task<message_verdict> on_header(connection&, message<>&, header_event const&) { co_return proceed; }
    task<message_verdict> on_eoh(connection&, message<>&) { co_return proceed; }
    task<body_verdict> on_body(connection&, message<>&, body_event const&) { co_return proceed; }
    task<message_verdict> on_eom(connection&, message<>&) { co_return proceed; }
    task<session_verdict> on_unknown(connection&, unknown_event const&) { co_return proceed; }
};

struct only_listens {
    task<void> on_connect(connection&, connect_event const&) { co_return; }
    task<void> on_helo(connection&, helo_event const&) { co_return; }
    task<void> on_mail(connection&, message<>&, mail_event const&) { co_return; }
    task<void> on_rcpt(connection&, message<>&, rcpt_event const&) { co_return; }
    task<void> on_data(connection&, message<>&) { co_return; }
    task<void> on_header(connection&, message<>&, header_event const&) { co_return; }
    task<void> on_eoh(connection&, message<>&) { co_return; }
    task<void> on_body(connection&, message<>&, body_event const&) { co_return; }
    task<void> on_unknown(connection&, unknown_event const&) { co_return; }
};

/// The filter that was measured with libmilter.
struct as_measured {
    task<session_verdict> on_connect(connection&, connect_event const&) { co_return proceed; }
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) { co_return proceed; }
    task<message_verdict> on_eom(connection&, message<>&) { co_return proceed; }
};

struct asks_for_more {
    static core::filter_wishes wishes() {
        core::filter_wishes more;
        more.required_actions = action::add_headers;
        more.wanted_steps = step::rejected_recipients;
        more.macros[0] = "j";
        return more;
    }
    task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) { co_return proceed; }
};

template <class H>
core::option_set agreed_with(core::option_set const& offer = {6, action::all, step::all}) {
    return core::negotiate(offer, *make_filter(H{})->wishes(missing_edits::refuse))->options;
}

// MP-036
TEST(interests, absent_callbacks_are_declined) {
    EXPECT_EQ(agreed_with<only_ends>().steps, 0x37fU);
    EXPECT_EQ(agreed_with<as_measured>().steps, 0x37aU);
    EXPECT_EQ(agreed_with<decides_everything>().steps, step::skip);
}

// MP-037
TEST(interests, an_old_MTA_is_told_only_what_it_knows) {
    EXPECT_EQ(agreed_with<as_measured>({2, action::all, 0x7f}), (core::option_set{2, 0, 0x7a}));
}

// MP-046
TEST(interests, callbacks_that_return_nothing_are_not_answered) {
    EXPECT_EQ(agreed_with<only_listens>().steps, step::all_no_reply | step::skip);
    EXPECT_EQ(agreed_with<only_listens>({4, action::all, 0x37f}).steps, 0U);
}

// MP-044
TEST(interests, a_handler_may_wish_for_more) {
    auto const agreed = agreed_with<asks_for_more>();
    EXPECT_EQ(agreed.actions, action::add_headers | action::symbol_lists);
    EXPECT_EQ(agreed.steps, (0x37fU & ~step::no_rcpt) | step::rejected_recipients);
}

static_assert(callbacks::on_mail::interest_of<decides_everything>() == interest::decide);
static_assert(callbacks::on_mail::interest_of<only_listens>() == interest::notify);
static_assert(callbacks::on_mail::interest_of<only_ends>() == interest::none);
static_assert(callbacks::on_mail::interest_of<decides_at_once>() == interest::decide);
static_assert(callbacks::on_header::interest_of<decides_at_once>() == interest::notify);
static_assert(callbacks::on_eom::edits<decides_at_once>() == edit::add_header);

// ---- calls ----

/// Calls a filter as the session loop does, without one.
class caller final : private edit_sink {
public:
    explicit caller(std::unique_ptr<filter> author) : filter_(std::move(author)) {}

    template <class Event>
    any_verdict call(Event const& what, message_is after = message_is::open) {
        core::filter_event const event(what);
        std::optional<any_verdict> verdict;
        std::exception_ptr thrown;
        boost::asio::co_spawn(context_, keep(filter_->show(connection_, event, *this), verdict),
                              [&](std::exception_ptr one) { thrown = one; });
        context_.restart();
        context_.run();
        if (thrown) std::rethrow_exception(thrown);
        filter_->settled(event, *verdict, after);
        return *verdict;
    }
    void show(auto const& event, message_is after = message_is::open) { (void)call(event, after); }
    core::answer code(auto const& event, message_is after = message_is::open) {
        return call(event, after).code();
    }
    void open_edits() { edits_.open({6, action::all, step::all}, limits::payload, output_); }
    std::string const& output() const { return output_; }

private:
    static task<> keep(response given, std::optional<any_verdict>& verdict) {
        verdict = core::answer::proceed;
        if (auto* now = given.now()) verdict = *now;
        if (auto* later = given.later<session_verdict>()) verdict = co_await std::move(*later);
        if (auto* later = given.later<message_verdict>()) verdict = co_await std::move(*later);
        if (auto* later = given.later<body_verdict>()) verdict = co_await std::move(*later);
        if (auto* later = given.later<void>()) co_await std::move(*later);
    }
    core::edits& changes() override { return edits_; }
    void send_now() override {}

    boost::asio::io_context context_;
    std::unique_ptr<filter> filter_;
    core::filter_session session_{core::filter_wishes()};
    connection connection_{session_};
    core::edits edits_;
    std::string output_;
};

/// Writes down what it sees.
struct diary {
    std::vector<std::string> lines;
};

class keeps_state {
public:
    struct message_state {
        int headers = 0;
    };
    explicit keeps_state(diary& into) : diary_(&into) {}

    task<message_verdict> on_mail(connection&, message<message_state>& now, mail_event const&) {
        write("mail", now);
        co_return proceed;
    }
    task<message_verdict> on_rcpt(connection&, message<message_state>& now, rcpt_event const& event) {
        write("rcpt", now);
        if (event.path == "<refused>") co_return reject;
        if (event.path == "<later>") co_return tempfail;
        if (event.path == "<told>") co_return smtp_reply::make(550, "5.1.1", "no").value();
        co_return proceed;
    }
    task<message_verdict> on_header(connection&, message<message_state>& now, header_event const&) {
        ++now.state.headers;
        co_return proceed;
    }
    task<message_verdict> on_eom(connection&, message<message_state>& now) {
        write("eom", now);
        co_return proceed;
    }
    task<void> on_abort(connection&, message<message_state>& now) {
        write("abort", now);
        co_return;
    }
    task<void> on_close(connection&) {
        diary_->lines.push_back("close");
        co_return;
    }

private:
    void write(std::string line, message<message_state> const& now) {
        line += ' ' + now.sender() + ' ' + std::to_string(now.state.headers);
        for (auto const& one : now.recipients()) line += ' ' + one;
        diary_->lines.push_back(line);
    }
    diary* diary_;
};

using lines = std::vector<std::string>;

// MP-172, MP-268, peculiarity D33
TEST(calls, the_state_of_a_message_is_fresh_at_every_mail) {
    diary seen;
    caller filter(make_filter(keeps_state(seen)));
    filter.show(mail_event{"<1>", {}});
    filter.show(header_event{"a", "b"});
    filter.show(rcpt_event{"<x>", {}});
    filter.show(eom_event{}, message_is::over);
    filter.show(mail_event{"<2>", {}});
    filter.show(header_event{"a", "b"});
    filter.show(core::abort_event{}, message_is::over);
    filter.show(mail_event{"<3>", {}});
    filter.show(mail_event{"<4>", {}});
    filter.show(core::close_event{}, message_is::over);
    EXPECT_EQ(seen.lines, (lines{"mail <1> 0", "rcpt <1> 1", "eom <1> 1 <x>", "mail <2> 0", "abort <2> 1",
                                 "mail <3> 0", "mail <4> 0", "close"}));
}

TEST(calls, recipients_are_those_that_were_let_pass) {
    diary seen;
    caller filter(make_filter(keeps_state(seen)));
    filter.show(mail_event{"<>", {}});
    for (auto const* path : {"<one>", "<refused>", "<later>", "<told>", "<two>"})
        filter.show(rcpt_event{path, {}});
    filter.show(eom_event{}, message_is::over);
    EXPECT_EQ(seen.lines.back(), "eom <> 0 <one> <two>");
}

TEST(calls, verdicts_reach_the_session_with_their_text) {
    diary seen;
    caller filter(make_filter(keeps_state(seen)));
    EXPECT_EQ(filter.code(mail_event{"<a>", {}}), core::answer::proceed);
    EXPECT_EQ(filter.code(rcpt_event{"<refused>", {}}), core::answer::reject);
    auto const told = filter.call(rcpt_event{"<told>", {}});
    EXPECT_EQ(told.code(), core::answer::reply_code);
    EXPECT_EQ(told.reply()->text(), "550 5.1.1 no");
}

TEST(calls, absent_callbacks_let_everything_pass) {
    caller filter(make_filter(only_ends()));
    EXPECT_EQ(filter.code(connect_event{}), core::answer::proceed);
    EXPECT_EQ(filter.code(helo_event{"x"}), core::answer::proceed);
    EXPECT_EQ(filter.code(mail_event{"<a>", {}}), core::answer::proceed);
    EXPECT_EQ(filter.code(rcpt_event{"<b>", {}}), core::answer::proceed);
    EXPECT_EQ(filter.code(data_event{}), core::answer::proceed);
    EXPECT_EQ(filter.code(header_event{"a", "b"}), core::answer::proceed);
    EXPECT_EQ(filter.code(eoh_event{}), core::answer::proceed);
    EXPECT_EQ(filter.code(body_event{"x"}), core::answer::proceed);
    EXPECT_EQ(filter.code(eom_event{}), core::answer::proceed);
    EXPECT_EQ(filter.code(unknown_event{"x"}), core::answer::proceed);
    EXPECT_EQ(filter.code(core::abort_event{}), core::answer::proceed);
    EXPECT_EQ(filter.code(core::close_event{}), core::answer::proceed);
}

TEST(calls, callbacks_need_not_be_coroutines) {
    caller filter(make_filter(decides_at_once()));
    EXPECT_EQ(filter.code(mail_event{"<a>", {}}), core::answer::proceed);
    EXPECT_EQ(filter.code(rcpt_event{"<b>", {}}), core::answer::reject);
    EXPECT_EQ(filter.code(header_event{"a", "b"}), core::answer::proceed);
    filter.open_edits();
    EXPECT_EQ(filter.code(eom_event{}), core::answer::proceed);
    EXPECT_EQ(filter.output(), std::string("\0\0\0\x0dhX-Seen\0 yes\0", 17));
}

TEST(calls, callbacks_that_return_nothing_let_pass) {
    caller filter(make_filter(only_listens()));
    EXPECT_EQ(filter.code(mail_event{"<a>", {}}), core::answer::proceed);
    EXPECT_EQ(filter.code(body_event{"x"}), core::answer::proceed);
}

TEST(calls, a_handler_without_on_mail_knows_the_sender_all_the_same_where_mail_was_sent) {
    struct only_recipients {
        std::string* sender;
        task<message_verdict> on_rcpt(connection&, message<>& now, rcpt_event const&) {
            *sender = now.sender();
            co_return proceed;
        }
    };
    std::string sender = "none";
    caller filter(make_filter(only_recipients{&sender}));
    filter.show(rcpt_event{"<b>", {}});
    EXPECT_EQ(sender, "");
    filter.show(mail_event{"<a>", {}});
    filter.show(rcpt_event{"<b>", {}});
    EXPECT_EQ(sender, "<a>");
}

TEST(calls, what_a_callback_throws_comes_out_of_the_task) {
    struct throws {
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            throw std::runtime_error("broken");
            co_return proceed;
        }
    };
    caller filter(make_filter(throws()));
    EXPECT_THROW(filter.call(mail_event{"<a>", {}}), std::runtime_error);
}

}  // namespace
}  // namespace milterproto
