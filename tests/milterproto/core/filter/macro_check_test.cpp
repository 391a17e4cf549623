#include "milterproto/core/filter/macro_check.hpp"

#include <gtest/gtest.h>

#include "milterproto/macro_settings.hpp"
#include "milterproto/support/packets.hpp"

namespace milterproto::core {
namespace {

using names = std::vector<std::string>;
using pairs = std::vector<std::string_view>;

/// A filter that asks for macros, with an MTA that sends what it likes.
class asking {
public:
    asking(macro_stage stage, std::string list, std::uint32_t declined = 0)
        : session_(wishes_of(stage, std::move(list), declined)) {
        feed(packets::offer());
        (void)session_.next();
    }
    /// What is missing once the command was shown, with these macros before it.
    names after(std::string const& command, pairs const& macros = {}) {
        feed(packets::macros(command[4], macros) + command);
        names missing;
        for (auto event = session_.next(); !std::holds_alternative<need_input>(event);
             event = session_.next()) {
            for (auto const& one : check_.look(event, session_)) missing.emplace_back(one.name);
            session_.answer(answer::proceed);
        }
        return missing;
    }

private:
    static filter_wishes wishes_of(macro_stage stage, std::string list, std::uint32_t declined) {
        filter_wishes wishes;
        wishes.wanted_steps = declined;
        wishes.macros[static_cast<std::size_t>(stage)] = std::move(list);
        return wishes;
    }
    void feed(std::string const& bytes) {
        bytes.copy(session_.input(bytes.size()).data(), bytes.size());
        session_.received(bytes.size());
    }
    filter_session session_;
    macro_check check_;
};

TEST(macro_check, finds_what_every_client_has) {
    asking filter(macro_stage::connect, "j {daemon_name} {client_addr},{client_name}\tv _");
    auto const missing = filter.after(packets::connect(), {"j", "mx.example.org", "{client_name}", "x"});
    EXPECT_EQ(missing, (names{"{daemon_name}", "{client_addr}", "v", "_"}));
}

TEST(macro_check, what_came_is_not_missing_even_if_it_is_empty) {
    asking filter(macro_stage::mail, "{mail_addr} j");
    EXPECT_EQ(filter.after(packets::connect(), {"j", "mx.example.org"}), names{});
    EXPECT_EQ(filter.after(packets::mail("<>"), {"{mail_addr}", ""}), names{});
}

TEST(macro_check, never_misses_what_may_be_absent) {
    auto const* const sometimes =
        "{auth_authen} {auth_type} {auth_author} {auth_ssf} {cert_subject} {cert_issuer} {cert_fp} "
        "{tls_version} "
        "{cipher} {cipher_bits} {verify} {client_ptr} {client_port} {if_addr} {mail_host} {rcpt_host} "
        "{msg_id} r";
    for (auto const stage : {macro_stage::connect, macro_stage::helo, macro_stage::mail, macro_stage::rcpt}) {
        asking filter(stage, sometimes);
        for (auto const& command : {packets::connect(), packets::helo(), packets::mail(), packets::rcpt(),
                                    packets::data(), packets::end_of_message()})
            EXPECT_EQ(filter.after(command), names{}) << command[4];
    }
    asking early(macro_stage::mail, "i");
    EXPECT_EQ(early.after(packets::mail()), names{}) << "Postfix has the id from the second recipient on";
}

TEST(macro_check, finds_a_name_that_no_mta_has) {
    asking filter(macro_stage::connect, "{client_adr} {auth_name} j");
    EXPECT_EQ(filter.after(packets::connect(), {"j", "x"}), (names{"{client_adr}"}));
    asking own(macro_stage::connect, "{of_our_own}");
    EXPECT_EQ(own.after(packets::connect(), {"{of_our_own}", "yes"}), names{});
}

TEST(macro_check, each_stage_misses_its_own) {
    asking mail(macro_stage::mail, "{mail_addr}");
    EXPECT_EQ(mail.after(packets::connect()), names{});
    EXPECT_EQ(mail.after(packets::mail()), (names{"{mail_addr}"}));
    asking rcpt(macro_stage::rcpt, "{rcpt_addr}");
    EXPECT_EQ(rcpt.after(packets::mail()), names{});
    EXPECT_EQ(rcpt.after(packets::rcpt()), (names{"{rcpt_addr}"}));
    for (auto const stage : {macro_stage::data, macro_stage::end_of_headers, macro_stage::end_of_message}) {
        asking id(stage, "i");
        names missing;
        for (auto const& command : {packets::mail(), packets::rcpt(), packets::data(),
                                    packets::end_of_headers(), packets::end_of_message()}) {
            for (auto const& name : id.after(command)) missing.push_back(name);
        }
        EXPECT_EQ(missing, (names{"i"}));
    }
}

TEST(macro_check, looks_once_for_each_client) {
    asking filter(macro_stage::mail, "{mail_addr}");
    EXPECT_EQ(filter.after(packets::connect()), names{});
    EXPECT_EQ(filter.after(packets::mail()), (names{"{mail_addr}"}));
    EXPECT_EQ(filter.after(packets::abort()), names{});
    EXPECT_EQ(filter.after(packets::mail()), names{});
    EXPECT_EQ(filter.after(packets::raw('K')), names{});
    EXPECT_EQ(filter.after(packets::connect()), names{});
    EXPECT_EQ(filter.after(packets::mail()), (names{"{mail_addr}"}));
}

TEST(macro_check, a_client_of_the_mta_s_own_machine_has_less) {
    asking filter(macro_stage::connect, "j {client_addr} {daemon_name}");
    std::string local;
    append_connect(local, "localhost", family::unknown, 0, "");
    EXPECT_EQ(filter.after(local), (names{"j"}));
}

// Macros of a command that the filter declined are sent all the same.
TEST(macro_check, sees_at_the_next_command_what_a_declined_one_lacked) {
    asking filter(macro_stage::connect, "j {client_addr}", step::no_connect | step::no_mail);
    EXPECT_EQ(filter.after(packets::rcpt()), (names{"j"}))
        << "and nobody knows whether the client has an address";
    asking sender(macro_stage::mail, "{mail_addr}", step::no_mail);
    EXPECT_EQ(sender.after(packets::rcpt()), (names{"{mail_addr}"}));
}

TEST(macro_check, a_client_need_not_greet) {
    asking filter(macro_stage::helo, "j");
    EXPECT_EQ(filter.after(packets::connect()), names{});
    EXPECT_EQ(filter.after(packets::mail()), names{});
    EXPECT_EQ(filter.after(packets::rcpt()), names{});
    asking greeted(macro_stage::helo, "j");
    EXPECT_EQ(greeted.after(packets::helo()), (names{"j"}));
}

TEST(macro_settings, say_where_an_operator_adds_a_macro) {
    EXPECT_EQ(explain_missing_macro(macro_stage::connect, "{client_addr}"),
              "the macro {client_addr} was asked for at connect and did not come: add it to Postfix's "
              "milter_connect_macros or to Sendmail's Milter.macros.connect (confMILTER_MACROS_CONNECT)");
    EXPECT_EQ(explain_missing_macro(macro_stage::rcpt, "{rcpt_adr}"),
              "the macro {rcpt_adr} was asked for at rcpt and did not come: neither Postfix nor Sendmail has "
              "a macro of "
              "that name, so its spelling may be wrong; else add it to Postfix's milter_rcpt_macros or to "
              "Sendmail's "
              "Milter.macros.envrcpt (confMILTER_MACROS_ENVRCPT)");
    EXPECT_EQ(setting_of(macro_stage::helo).postfix, "milter_helo_macros");
    EXPECT_EQ(setting_of(macro_stage::mail).m4, "confMILTER_MACROS_ENVFROM");
    EXPECT_EQ(setting_of(macro_stage::data).sendmail, "Milter.macros.data");
    EXPECT_EQ(setting_of(macro_stage::end_of_headers).postfix, "milter_end_of_header_macros");
    EXPECT_EQ(setting_of(macro_stage::end_of_message).postfix, "milter_end_of_data_macros");
    EXPECT_EQ(setting_of(macro_stage::end_of_message).m4, "confMILTER_MACROS_EOM");
}

}  // namespace
}  // namespace milterproto::core
