#include "run/message_judge.hpp"

#include <gtest/gtest.h>

#include "milterproto/core/wire/codec.hpp"
#include "script/parse_script.hpp"

/// The rules of testmta.md 5, each for every dialect where they differ (TM-069).
namespace testmta::run {
namespace {

using namespace std::string_literals;
using core::answer;

constexpr std::string_view all_dialects[] = {"plain", "postfix", "sendmail"};

final_is wanted_of(std::string const& words) {
    return std::get<final_is>(good_steps("open\nexpect " + words + "\n").back().expectations.at(0));
}

/// A message with fields A, B, A and two recipients.
class Mail {
public:
    explicit Mail(std::string_view name = "plain", std::uint32_t steps = 0)
        : agreed_{6, core::action::all, steps}, message(*find_dialect(name)) {
        message.begin("<s@x>", {"SIZE=1"});
        message.add_recipient("<r@x>", {});
        message.add_recipient("<q@x>", {});
        message.add_field("A", " 1");
        message.add_field("B", " 2");
        message.add_field("A", " 3");
        message.add_body("body\r\n");
    }
    Mail& field(answer what, std::uint32_t index, std::string_view name, std::string_view value) {
        std::string frame;
        core::append_indexed_field(frame, what, index, name, value);
        return take(static_cast<char>(what), frame.substr(5));
    }
    Mail& add(std::string const& name, std::string const& value) {
        return take('h', name + "\0"s + value + "\0"s);
    }
    Mail& take(char letter, std::string const& payload) {
        EXPECT_EQ(message.take_edit({letter, payload}, agreed_), std::nullopt);
        return *this;
    }
    Mail& decide(answer verdict = answer::proceed, int code = 0) {
        message.decide(verdict, code);
        return *this;
    }
    std::string got(std::string const& words) const {
        return judge_message(wanted_of(words), message).got.value_or("as expected");
    }
    bool is(std::string const& words) const { return got(words) == "as expected"; }

private:
    core::option_set agreed_;

public:
    followed_message message;
};

TEST(Final, TM_069_1_AddHeaderComesLastButBeforeItsNamesakeInSendmail) {
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.add("N", "n").add("A", "0").decide();
        auto const* order =
            name == "sendmail" ? "final headers lists A A B A N" : "final headers lists A B A N A";
        EXPECT_TRUE(mail.is(order)) << name << mail.got(order);
    }
}

TEST(Final, TM_069_2_InsertHeaderCountsTheMtasOwnFields) {
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"plain", "final headers lists A B N A"},
        {"postfix", "final headers lists A N B A"},
        {"sendmail", "final headers lists N A B A"},
    };
    for (auto const& [name, order] : cases) {
        Mail mail(name);
        mail.field(answer::insert_header, 2, "N", "n").decide();
        EXPECT_TRUE(mail.is(std::string(order))) << name << mail.got(std::string(order));
    }
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.field(answer::insert_header, 99, "N", "n").decide();
        EXPECT_TRUE(mail.is("final headers lists A B A N")) << name;
    }
}

TEST(Final, TM_069_3_ChangeHeaderCountsFieldsOfItsNameFromOne) {
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.field(answer::change_header, 2, "a", "x").decide();
        EXPECT_TRUE(mail.is("final header[1] A == 1")) << name;
        EXPECT_TRUE(mail.is("final header[2] A == x")) << name;
        auto const* order = name == "postfix" ? "final headers lists A B a" : "final headers lists A B A";
        EXPECT_TRUE(mail.is(order)) << name;
        EXPECT_EQ(mail.message.result().headers.back().name, name == "postfix" ? "a" : "A") << name;
    }
}

TEST(Final, TM_069_3_ZeroActsLikeOneAndIsDoubtful) {
    Mail mail;
    mail.field(answer::change_header, 0, "A", "x");
    EXPECT_EQ(mail.message.take_doubts(),
              std::vector<std::string>{"change-header 0 \"A\" \"x\" counts from 1, so 0 acts like 1"});
    EXPECT_TRUE(mail.decide().is("final header[1] A == x"));
}

TEST(Final, TM_069_3_AnEmptyValueDeletes) {
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.field(answer::change_header, 1, "A", "").field(answer::change_header, 1, "Z", "").decide();
        EXPECT_TRUE(mail.is("final headers lists B A")) << name;
    }
}

TEST(Final, TM_069_3_ANumberAboveTheCountAddsAField) {
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.field(answer::change_header, 9, "A", "x").field(answer::change_header, 1, "Z", "z").decide();
        auto const* order =
            name == "sendmail" ? "final headers lists A A B A Z" : "final headers lists A B A A Z";
        EXPECT_TRUE(mail.is(order)) << name << mail.got(order);
    }
}

TEST(Final, TM_069_4_OneBlankStandsAfterTheColonUnlessAgreedOtherwise) {
    auto const value = [](std::uint32_t steps) {
        Mail mail("plain", steps);
        mail.add("N", "n\nm");
        return mail.message.result().headers.back().value;
    };
    EXPECT_EQ(value(0), " n\nm");
    EXPECT_EQ(value(core::step::header_leading_space), "n\nm");
}

TEST(Final, TM_069_4_TheFirstPieceOfANewBodyReplacesTheOldOne) {
    Mail mail;
    mail.take('b', "new ").take('b', "body").decide();
    EXPECT_TRUE(mail.is("final body == \"new body\""));
}

TEST(Final, TM_073_AnEmptyNewBodyIsNotNone) {
    EXPECT_TRUE(Mail().take('b', "").decide().is("final body == ''"));
    EXPECT_TRUE(Mail().decide().is("final body == \"body\\r\\n\""));
}

TEST(Final, TM_069_5_Recipients) {
    for (auto const name : all_dialects) {
        Mail mail(name);
        mail.take('+', "<r@x>\0"s)
            .take('+', "<n@x>\0"s)
            .take('-', "q@x\0"s)
            .take('-', "<nobody@x>\0"s)
            .decide();
        auto const* list =
            name == "postfix" ? "final rcpts lists r@x <r@x> n@x" : "final rcpts lists r@x n@x";
        EXPECT_TRUE(mail.is(list)) << name << mail.got(list);
    }
    Mail upper;
    upper.take('-', "r@X\0"s).decide();
    EXPECT_TRUE(upper.is("final rcpts count == 2"));  // compared byte by byte, in the domain as well
    Mail none;
    none.take('-', "<r@x>\0"s).take('-', "<q@x>\0"s).decide();
    EXPECT_TRUE(none.is("final outcome == discarded"));
}

TEST(Final, TM_074_ParametersOfARecipientAreKept) {
    Mail mail("plain");
    mail.take('2', "<n@x>\0NOTIFY=NEVER\0"s).decide();
    EXPECT_TRUE(mail.is("final rcpts lists r@x q@x n@x"));
    EXPECT_EQ(mail.message.result().recipients.back().parameters, std::vector<std::string>{"NOTIFY=NEVER"});
    EXPECT_EQ(mail.message.edits().back().describe(), "add-rcpt \"<n@x>\" \"NOTIFY=NEVER\"");
}

TEST(Final, TM_069_6_ChangeFrom) {
    Mail mail("sendmail");
    mail.take('e', "<n@x>\0RET=HDRS\0"s).decide();
    EXPECT_TRUE(mail.is("final from == <n@x>"));
    EXPECT_EQ(mail.message.result().sender_parameters, std::vector<std::string>{"RET=HDRS"});
}

TEST(Final, TM_069_7_Outcomes) {
    EXPECT_TRUE(Mail().decide().is("final outcome == delivered"));
    EXPECT_TRUE(Mail().decide(answer::accept).is("final outcome == delivered"));
    EXPECT_TRUE(Mail().decide(answer::discard).is("final outcome == discarded"));
    EXPECT_TRUE(Mail().decide(answer::tempfail).is("final outcome == deferred"));
    EXPECT_TRUE(Mail().decide(answer::reply_code, 451).is("final outcome == deferred"));
    EXPECT_TRUE(Mail().decide(answer::reply_code, 550).is("final outcome == rejected"));
    Mail quarantined, discarded, deferred, rejected;
    EXPECT_TRUE(quarantined.take('q', "why\0"s).decide().is("final outcome == quarantined"));
    EXPECT_TRUE(discarded.take('q', "why\0"s).decide(answer::discard).is("final outcome == discarded"));
    EXPECT_TRUE(deferred.take('q', "why\0"s).decide(answer::tempfail).is("final outcome == deferred"));
    EXPECT_TRUE(
        rejected.take('q', "why\0"s).decide(answer::reject).is("final outcome == rejected"));  // TM-076
    EXPECT_EQ(Mail().got("final outcome == delivered"), "\"undecided\"");
}

TEST(Final, TM_069_8_AnEditThatIsMalformedIsAnError) {
    Mail mail;
    EXPECT_NE(mail.message.take_edit({'h', "only a name\0"s}, {}), std::nullopt);
    EXPECT_NE(mail.message.take_edit({'m', "\0\0"s}, {}), std::nullopt);
}

TEST(Final, TM_075_EditsOfARefusedMessageChangeNothing) {
    for (auto const verdict : {answer::reject, answer::tempfail, answer::discard}) {
        Mail mail;
        mail.add("N", "n").decide(verdict);
        EXPECT_TRUE(mail.is("final header N is absent"));
        EXPECT_TRUE(mail.is("final headers lists A B A"));
    }
}

TEST(Final, TM_077_AMessageIsNotTheOneBefore) {
    Mail mail;
    mail.add("N", "n").decide(answer::discard);
    mail.message.begin("<>", {});
    EXPECT_TRUE(mail.is("final headers count == 0"));
    EXPECT_EQ(mail.got("final outcome == delivered"), "\"undecided\"");
    EXPECT_TRUE(mail.is("final from == <>"));
    EXPECT_TRUE(mail.message.edits().empty());
}

TEST(Final, TM_070_TheFirstOfSeveralIsComparedWithAWarning) {
    Mail mail;
    auto const found = judge_message(wanted_of("final header a == 1"), mail.message);
    EXPECT_EQ(found.got, std::nullopt);
    EXPECT_EQ(found.doubt,
              "the message has 2 fields \"a\", and the first was compared; write header[N] for another");
    EXPECT_EQ(judge_message(wanted_of("final header[2] a == 3"), mail.message).doubt, std::nullopt);
    EXPECT_EQ(judge_message(wanted_of("final header B == 2"), mail.message).doubt, std::nullopt);
}

TEST(Final, TM_071_NamesAreComparedInOrder) {
    Mail mail;
    EXPECT_TRUE(mail.is("final headers lists a b a"));
    EXPECT_EQ(mail.got("final headers lists A A B"), "\"A\" \"B\" \"A\"");
    EXPECT_FALSE(mail.is("final headers lists A B"));
}

TEST(Final, TM_072_ABodyThatDiffersShowsWhere) {
    Mail mail;
    EXPECT_EQ(
        mail.got("final body == \"body!\""),
        "a body of 6 bytes, expected 5; they differ at byte 4: got \"body\\x0d\\x0a\", expected \"body!\"");
}

TEST(Final, FieldsThatAreNotThere) {
    Mail mail;
    EXPECT_EQ(mail.got("final header Z == 1"), "no such field; the message has \"A\" \"B\" \"A\"");
    EXPECT_EQ(mail.got("final header[3] A == 1"), "only 2 of them: \"1\" \"3\"");
    EXPECT_TRUE(mail.is("final header Z is absent"));
    EXPECT_EQ(mail.got("final header A is absent"), "\"1\" \"3\"");
    EXPECT_TRUE(mail.is("final header A count == 2"));
}

TEST(Final, SizeIsThatOfTheWholeMessage) {
    EXPECT_TRUE(
        Mail("postfix").is("final size == 26"));  // 3 fields of 6 bytes, an empty line, 6 bytes of body
}

}  // namespace
}  // namespace testmta::run
