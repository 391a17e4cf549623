#include "world/control/control_api.hpp"

#include <gtest/gtest.h>

#include "world/control/fake_world.hpp"

namespace testmta::world {
namespace {

class ControlApi : public ::testing::Test {
protected:
    control_reply ask(std::string method, std::string target, std::string body = "") {
        return api_.answer({std::move(method), std::move(target), "127.0.0.1:8080", "", std::move(body)});
    }
    control_reply ask_as(std::string host, std::string origin) {
        return api_.answer({"GET", "/world", std::move(host), std::move(origin), ""});
    }

    fake_world world_;
    conversation_log conversations_;
    mailbag mail_;
    control_api api_{world_, conversations_, mail_};
};

TEST_F(ControlApi, TM_122_LoadsAWorldOrSaysWhyNot) {
    EXPECT_EQ(ask("PUT", "/world", "peer p at 127.0.0.3\nend\n").status, 200);
    ASSERT_EQ(world_.what().peers.size(), 1u);
    EXPECT_EQ(ask("PUT", "/world", "per p at 127.0.0.3\nend\n").status, 422);
    EXPECT_EQ(ask("PUT", "/world", "include \"/etc/passwd\"\n").status, 422);
    world_.problem = "no";
    auto const refused = ask("PUT", "/world", "");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.body, "{\"error\":\"no; the earlier world goes on\"}\n");
    EXPECT_EQ(world_.what().peers.size(), 1u);
}

TEST_F(ControlApi, TM_123_AnEncodedNameIsDecoded) {
    ask("PUT", "/world", "peer \"p/q\" at 127.0.0.3\nend\n");
    EXPECT_EQ(ask("PUT", "/peers/p%2Fq/rules", "on rcpt -> close\n").status, 200);
    EXPECT_EQ(world_.what().peers.front().rules.front().text, "on rcpt -> close");
    EXPECT_EQ(ask("PUT", "/peers/p/q/rules", "").status, 404);
    for (auto const* const broken : {"/peers/%/rules", "/peers/%2/rules", "/peers/%2g/rules", "peers", ""})
        EXPECT_EQ(ask("PUT", broken, "").status, 400) << broken;
}

TEST_F(ControlApi, TM_126_AMethodThatIsNotPossibleIsToldWhichAre) {
    auto const refused = ask("POST", "/world?x=y");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.allow, "GET, PUT");
    EXPECT_EQ(ask("GET", "/worlds").status, 404);
    EXPECT_EQ(ask("GET", "/world/").status, 404);
}

TEST_F(ControlApi, TM_127_OnlyThisMachineAndItsOwnPagesMayAsk) {
    for (auto const* const host : {"", "localhost", "localhost:80", "127.0.0.1", "127.1.2.3:9", "[::1]:80"})
        EXPECT_EQ(ask_as(host, "").status, 200) << host;
    for (auto const* const host : {"evil.example", "192.0.2.1", "[::2]", "[", "localhost.evil.example", ":"})
        EXPECT_EQ(ask_as(host, "").status, 403) << host;
    EXPECT_EQ(ask_as("localhost:80", "http://localhost:80").status, 200);
    for (auto const* const origin :
         {"null", "http://localhost:81", "https://localhost:80", "http://evil.example"})
        EXPECT_EQ(ask_as("localhost:80", origin).status, 403) << origin;
}

TEST_F(ControlApi, TM_124_ALongConversationIsCut) {
    std::string const line(1000, 'x');
    for (int i = 0; i != 2000; ++i) conversations_.add({7, "p", "received", line, '"' + line + '"'});
    conversations_.add({7, "p", "closed", "", "{}"});
    auto const* const found = conversations_.find(7);
    ASSERT_NE(found, nullptr);
    EXPECT_TRUE(found->is_cut && found->has_ended);
    EXPECT_LE(found->octets, 1024u * 1024u);
    EXPECT_EQ(conversations_.find(8), nullptr);
    EXPECT_EQ(ask("GET", "/conversations/7").status, 200);
}

TEST_F(ControlApi, TM_124_MailIsForgottenWhenThereIsTooMuch) {
    auto const large = std::make_shared<received_message>();
    large->content.assign(transaction::most_octets, 'x');
    for (int i = 0; i != 3; ++i) mail_.add("p", large);
    EXPECT_EQ(mail_.latest().size(), 2u);
    EXPECT_EQ(ask("GET", "/mail/1").status, 404);
    EXPECT_EQ(ask("GET", "/mail/3").body.size(), transaction::most_octets);
}

}  // namespace
}  // namespace testmta::world
