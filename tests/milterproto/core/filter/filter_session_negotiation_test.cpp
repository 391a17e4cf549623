#include <gtest/gtest.h>

#include <functional>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/support/packets.hpp"

/// A filter that decides the negotiation itself, as with libmilter's xxfi_negotiate.
namespace milterproto::core {
namespace {

/// A handler with connect, mail and eom alone, and a body that it may skip.
filter_wishes by_callbacks() {
    filter_wishes wishes;
    wishes.wanted_steps = (0x37a & ~step::no_body) | step::skip;
    return wishes;
}

class decided {
public:
    using decision = std::function<answer(negotiation&)>;

    decided(option_set const& offer, decision const& decide)
        : session_(by_callbacks(), limits::payload, negotiated_by::filter) {
        auto const bytes = packets::offer(offer);
        bytes.copy(session_.input(bytes.size()).data(), bytes.size());
        session_.received(bytes.size());
        auto const event = session_.next();
        auto const* asked = std::get_if<negotiate_event>(&event);
        if (asked == nullptr) {
            end_ = event;
            return;
        }
        EXPECT_TRUE(session_.output().empty());
        session_.answer(decide(*asked->what));
        end_ = session_.next();
    }
    /// What went out, if it was agreed.
    std::optional<option_set> agreed() const {
        auto const bytes = session_.output();
        if (bytes.size() < 5) return std::nullopt;
        EXPECT_EQ(bytes[4], 'O');
        return *decode_options(bytes.substr(5));
    }
    std::vector<symbol_list> lists() const { return *decode_symbol_lists(session_.output().substr(5)); }
    filter_session& session() { return session_; }
    filter_event const& end() const { return end_; }

private:
    filter_session session_;
    filter_event end_;
};

constexpr option_set everything{6, action::all, step::all};

answer proceed_as_it_is(negotiation&) {
    return answer::proceed;
}

// MP-040
TEST(negotiate_callback, sees_every_no_reply_step_offered) {
    decided const old({2, action::all, 0x7f}, [](negotiation& what) {
        EXPECT_EQ(what.offered(), (option_set{2, action::all, 0x7fU | 0x000ff080U}));
        EXPECT_EQ(what.offer(), (option_set{2, action::all, 0x7f}));
        return answer::proceed;
    });
    EXPECT_TRUE(old.agreed());
}

// MP-032, MP-033
TEST(negotiate_callback, sees_an_offer_of_0_spelt_out) {
    decided const bare({2, 0, 0}, [](negotiation& what) {
        EXPECT_EQ(what.offered(), (option_set{2, 0x0f, 0x3fU | 0x000ff080U}));
        return answer::proceed;
    });
    EXPECT_TRUE(bare.agreed());
}

// MP-041
TEST(negotiate_callback, begins_with_what_the_callbacks_say_and_skip_if_offered) {
    decided const with_skip(everything, [](negotiation& what) {
        EXPECT_EQ(what.wanted_steps, (0x37aU & ~step::no_body) | step::skip);
        return answer::proceed;
    });
    decided const without({6, action::all, step::all & ~step::skip}, [](negotiation& what) {
        EXPECT_EQ(what.wanted_steps, 0x37aU & ~step::no_body);
        return answer::proceed;
    });
    EXPECT_EQ(with_skip.agreed()->steps, (0x37aU & ~step::no_body) | step::skip);
    EXPECT_EQ(without.agreed()->steps, 0x37aU & ~step::no_body);
}

// MP-042, MP-043
TEST(negotiate_callback, may_take_all) {
    decided const all(everything, [](negotiation& what) {
        what.wanted_steps = 0;
        what.take_all();
        return answer::proceed;
    });
    EXPECT_EQ(*all.agreed(), (option_set{6, action::all, (0x37aU & ~step::no_body) | step::skip}));
}

// MP-044
TEST(negotiate_callback, has_what_it_sets) {
    decided const chosen(everything, [](negotiation& what) {
        what.wanted_actions = action::add_headers;
        what.wanted_steps = step::no_helo | step::header_leading_space;
        return answer::proceed;
    });
    EXPECT_EQ(*chosen.agreed(),
              (option_set{6, action::add_headers, step::no_helo | step::header_leading_space}));
}

// MP-034, MP-038, MP-039
TEST(negotiate_callback, cannot_have_what_is_not_offered) {
    decided const action({6, action::add_headers, step::all}, [](negotiation& what) {
        what.wanted_actions = action::quarantine;
        return answer::proceed;
    });
    decided const step({4, action::all, 0x37f}, [](negotiation& what) {
        what.wanted_steps = step::rejected_recipients;
        return answer::proceed;
    });
    for (auto const* one : {&action, &step}) {
        EXPECT_FALSE(one->agreed());
        EXPECT_EQ(std::get<close_event>(one->end()).cause, errc::negotiation_refused);
    }
}

// MP-046
TEST(negotiate_callback, may_have_no_reply_where_the_mta_cannot_do_without) {
    decided old({4, action::all, 0x37f}, [](negotiation& what) {
        what.wanted_steps = step::no_reply_mail;
        return answer::proceed;
    });
    EXPECT_EQ(old.agreed()->steps, 0U);
    old.session().sent();
    auto const mail = packets::mail();
    mail.copy(old.session().input(mail.size()).data(), mail.size());
    old.session().received(mail.size());
    EXPECT_TRUE(std::holds_alternative<mail_event>(old.session().next()));
    old.session().answer(answer::proceed);  // what a callback without a verdict comes to
    EXPECT_EQ(old.session().output(), packets::raw('c'));
}

// MP-047
TEST(negotiate_callback, cannot_set_internal_bits) {
    decided const internal(everything, [](negotiation& what) {
        what.wanted_steps |= step::internal;
        return answer::proceed;
    });
    EXPECT_EQ(internal.agreed()->steps & step::internal, 0U);
}

// MP-045
TEST(negotiate_callback, may_refuse_without_a_word) {
    for (auto const verdict : {answer::reject, answer::accept, answer::tempfail, answer::discard}) {
        decided refused(everything, [&](negotiation&) { return verdict; });
        EXPECT_TRUE(refused.session().output().empty());
        EXPECT_EQ(std::get<close_event>(refused.end()).cause, errc::negotiation_refused);
        EXPECT_TRUE(std::holds_alternative<finished>(refused.session().next()));
    }
}

// MP-049, MP-050, MP-051
TEST(negotiate_callback, asks_for_macros_once_for_each_stage) {
    decided const chosen(everything, [](negotiation& what) {
        EXPECT_TRUE(what.ask_macros(macro_stage::end_of_message, "i {msg_id}"));
        EXPECT_TRUE(what.ask_macros(macro_stage::connect, ""));
        EXPECT_EQ(what.ask_macros(macro_stage::connect, "j").error(), errc::macros_set_twice);
        EXPECT_EQ(what.ask_macros(static_cast<macro_stage>(7), "j").error(), errc::no_such_stage);
        what.wanted_actions = action::symbol_lists;
        return answer::proceed;
    });
    auto const lists = chosen.lists();
    ASSERT_EQ(lists.size(), 3U);
    EXPECT_EQ(lists[0].stage, 0U);
    EXPECT_EQ(lists[0].names, "");
    EXPECT_EQ(lists[1].stage, 5U);
    EXPECT_EQ(lists[2].stage, 6U);  // MP-054
    EXPECT_EQ(lists[2].names, "i {msg_id}");
}

template <class Object>
concept takes_macros = requires(Object object) { object.ask_macros(macro_stage::connect, "j"); };

// MP-052: the object that takes macro names exists while the callback runs, and nothing else takes any.
TEST(negotiate_callback, has_no_way_to_ask_for_macros_later) {
    static_assert(takes_macros<negotiation>);
    static_assert(!takes_macros<filter_session>);
    decided const late(everything, proceed_as_it_is);
    EXPECT_TRUE(late.lists().empty());
}

// MP-027, MP-029
TEST(negotiate_callback, is_not_called_for_what_is_no_offer) {
    decided const old({1, action::all, step::all}, [](negotiation&) {
        ADD_FAILURE();
        return answer::proceed;
    });
    EXPECT_EQ(std::get<close_event>(old.end()).cause, errc::version_too_old);
}

TEST(negotiate_callback, is_told_when_the_mta_vanishes_meanwhile) {
    filter_session session(by_callbacks(), limits::payload, negotiated_by::filter);
    auto const bytes = packets::offer();
    bytes.copy(session.input(bytes.size()).data(), bytes.size());
    session.received(bytes.size());
    ASSERT_TRUE(std::holds_alternative<negotiate_event>(session.next()));
    session.fail(errc::peer_gone);
    session.answer(answer::proceed);
    EXPECT_TRUE(session.output().empty());
    EXPECT_TRUE(std::holds_alternative<close_event>(session.next()));
}

}  // namespace
}  // namespace milterproto::core
