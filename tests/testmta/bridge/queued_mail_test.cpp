#include "bridge/queued_mail.hpp"

#include <gtest/gtest.h>

using namespace testmta::bridge;

namespace {

smtpserver::envelope somebody() {
    smtpserver::envelope made;
    made.mail.path = {"ann", "x.example"};
    made.mail.parameters = {{"SIZE", "100"}, {"SMTPUTF8", std::nullopt}};
    made.recipients.emplace_back();
    made.recipients.back().path = {"bob", "y.example"};
    return made;
}

core::queued_message read(std::string_view octets) {
    return read_mail(somebody(), octets);
}

}  // namespace

TEST(QueuedMail, TakesTheEnvelope) {
    auto const mail = read("\r\n");
    EXPECT_EQ(mail.sender, "ann@x.example");
    EXPECT_EQ(mail.sender_parameters, (std::vector<std::string>{"SIZE=100", "SMTPUTF8"}));
    ASSERT_EQ(mail.recipients.size(), 1u);
    EXPECT_EQ(mail.recipients[0].address, "bob@y.example");
}

TEST(QueuedMail, TellsFieldsFromTheBody) {
    auto const mail = read("A: one\r\nB:\r\n\ttwo\r\n  three\r\nC :x\r\n\r\nbody");
    ASSERT_EQ(mail.headers.size(), 2u) << "a name has no blank";
    EXPECT_EQ(mail.headers[0].name, "A");
    EXPECT_EQ(mail.headers[0].value, " one");
    EXPECT_EQ(mail.headers[1].value, "\r\n\ttwo\r\n  three");
    EXPECT_EQ(mail.body, "C :x\r\n\r\nbody");
}

TEST(QueuedMail, GivesBackTheBytesThatCame) {
    for (auto const* octets : {"A: one\r\n\r\nbody\r\n", "A:one\r\n two\r\n\r\n", "\r\nonly a body", "\r\n",
                               "A: \xc3\xa9\r\n\r\n\xff\r\n\r\n.\r\n"})
        EXPECT_EQ(write_mail(read(octets)), octets);
}

TEST(QueuedMail, BeginsTheBodyWithAnEmptyLine) {
    EXPECT_EQ(write_mail(read("no field\r\n")), "\r\nno field\r\n");
    EXPECT_EQ(write_mail(read("A: one\r\nno field\r\n")), "A: one\r\n\r\nno field\r\n");
    EXPECT_EQ(write_mail(read("A: one")), "A: one\r\n\r\n");
    EXPECT_EQ(write_mail(read("")), "\r\n");
    EXPECT_EQ(read(" folded\r\n").body, " folded\r\n") << "there is nothing that it could continue";
}

TEST(QueuedMail, EndsEachLineOfAFilterInCrLf) {
    auto mail = read("A: one\r\n\r\nold");
    mail.headers[0].value = " two\n\tthree";
    mail.body = "new\nbody\r\n";
    mail.headers.emplace_back("B", " gone");
    mail.headers.back().deleted = true;
    EXPECT_EQ(write_mail(mail), "A: two\r\n\tthree\r\n\r\nnew\r\nbody\r\n");
}

TEST(QueuedMail, SaysHowItCame) {
    smtpserver::connection who;
    who.client.address = boost::asio::ip::make_address("192.0.2.1");
    who.hello = "client.example";
    who.verb = smtpserver::hello_verb::ehlo;
    who.tls = smtpserver::tls_facts{"TLSv1.3", "AES"};
    auto const field = received_field(who, "mx.example", "ID", "today");
    EXPECT_EQ(field.name + ':' + field.value,
              "Received: from client.example ([192.0.2.1])\r\n\tby mx.example with ESMTPS id ID;\r\n\ttoday");
    EXPECT_EQ(field.from, core::queued_header::origin::own_trace);
}
