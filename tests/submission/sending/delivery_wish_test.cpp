#include "submission/delivery_wish.hpp"

#include <gtest/gtest.h>

#include <string>

#include "submission/batch.hpp"
#include "submission/destination.hpp"

namespace submission {
namespace {

// SE-053
TEST(EnvelopeId, IsXtext) {
    EXPECT_EQ(envelope_id::make("id+1=x y")->xtext(), "id+2B1+3Dx+20y");
}

// SE-055: the limits count what is sent.
TEST(EnvelopeId, HasAtMostAHundredEncodedCharacters) {
    EXPECT_TRUE(envelope_id::make(std::string(100, 'a')));
    EXPECT_EQ(envelope_id::make(std::string(101, 'a')).error(), errc::envelope_id_too_long);
    EXPECT_TRUE(envelope_id::make(std::string(33, '+')));
    EXPECT_EQ(envelope_id::make(std::string(34, '+')).error(), errc::envelope_id_too_long);
    EXPECT_EQ(envelope_id::make("").error(), errc::envelope_id_empty);
}

// SE-076
TEST(EnvelopeId, HoldsNoControlCharacters) {
    EXPECT_EQ(envelope_id::make("a\r\nRCPT TO:<x@y>").error(), errc::envelope_id_not_ascii);
    EXPECT_EQ(envelope_id::make("\xc3\xa4").error(), errc::envelope_id_not_ascii);
}

// SE-055
TEST(OriginalRecipient, HasAtMostFiveHundredEncodedCharacters) {
    EXPECT_TRUE(original_recipient::make("rfc822", std::string(493, 'a')));
    EXPECT_EQ(original_recipient::make("rfc822", std::string(494, 'a')).error(),
              errc::original_recipient_too_long);
    EXPECT_EQ(original_recipient::make("rfc 822", "a@b").error(), errc::original_recipient_syntax);
    EXPECT_EQ(original_recipient::make("", "a@b").error(), errc::original_recipient_syntax);
    EXPECT_EQ(original_recipient::make("rfc822", "a b\r\n")->text(), "rfc822;a+20b+0D+0A");
}

// SE-054
TEST(NotifyWhen, NeverStandsAlone) {
    using enum notification;
    EXPECT_EQ(notify_when::make({never})->text(), "NEVER");
    EXPECT_EQ(notify_when::make({never, delay}).error(), errc::notify_never_alone);
    EXPECT_EQ(notify_when::make({success, failure, delay})->text(), "SUCCESS,FAILURE,DELAY");
    EXPECT_TRUE(notify_when::make({})->empty());
}

// SE-033
TEST(DeliverBy, HasASemicolonAndTheRightLetter) {
    EXPECT_EQ(deliver_by::make(600, late_mail::notify)->text(), "600;N");
    EXPECT_EQ(deliver_by::make(600, late_mail::return_to_sender, by_trace::yes)->text(), "600;RT");
    EXPECT_EQ(deliver_by::make(-5, late_mail::notify)->text(), "-5;N");
    EXPECT_EQ(deliver_by::make(0, late_mail::return_to_sender).error(), errc::deliver_by_out_of_range);
    EXPECT_EQ(deliver_by::make(1'000'000'000, late_mail::notify).error(), errc::deliver_by_out_of_range);
    EXPECT_EQ(deliver_by::make(999'999'999, late_mail::notify)->in(1'000'000'010).seconds(), 999'999'999);
}

TEST(DeliverBy, AdjustsToAPastTimeWhereThatIsAllowed) {
    EXPECT_EQ(deliver_by::make(60, late_mail::notify)->in(-30).seconds(), -30);
    EXPECT_EQ(deliver_by::make(60, late_mail::notify)->in(-1'000'000'010).seconds(), -999'999'999);
    EXPECT_EQ(deliver_by::make(60, late_mail::return_to_sender)->in(-30).seconds(), 1);
}

// SE-063, SE-076
TEST(Etrn, TakesANodeAndAnOption) {
    EXPECT_EQ(etrn::make("y.example", '@')->option(), '@');
    EXPECT_EQ(etrn::make("y.example", '!').error(), errc::etrn_syntax);
    EXPECT_EQ(etrn::make("y.example\r\nQUIT").error(), errc::etrn_syntax);
    EXPECT_EQ(etrn::make("").error(), errc::etrn_syntax);
}

TEST(Destination, IsAHostAndAPort) {
    EXPECT_EQ(destination::parse("mail.example.com")->port(), 587);
    EXPECT_EQ(destination::parse("mail.example.com:25")->port(), 25);
    EXPECT_EQ(destination::parse("[2001:db8::1]:2525")->host(), "2001:db8::1");
    EXPECT_EQ(destination::parse("mail.example.com:465")->tls(), tls_start::at_once);
    for (auto const* const bad : {"", ":25", "a:", "a:x", "a:0", "a:70000", "a b", "a\r\nb", "[::1"})
        EXPECT_EQ(destination::parse(bad).error(), errc::destination_syntax) << bad;
}

// SE-076
TEST(Addresses, AreRefusedIfTheyCouldEndACommand) {
    for (auto const* const bad :
         {"a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example", "a@b c.example", "a\n@b.example"})
        EXPECT_FALSE(mailbox::parse(bad)) << bad;
    EXPECT_FALSE(mailbox::parse(std::string("a\0b@c.example", 13)));
}

// SE-021
TEST(Batch, HasNoWorkWhenAllIsComplete) {
    batch one;
    EXPECT_FALSE(one.has_work());
    auto& sent = one.add(message(std::nullopt, text_content("x")));
    EXPECT_FALSE(one.has_work());
    sent.to(mailbox::parse("a@b.example").value());
    EXPECT_TRUE(one.has_work());
    sent.recipients.front().fate = fate::failed;
    EXPECT_FALSE(one.has_work());
    sent.recipients.front().fate = fate::unknown;
    EXPECT_FALSE(one.has_work());
    sent.retry_unknown();
    EXPECT_TRUE(one.has_work());
}

}  // namespace
}  // namespace submission
