#include "submission/support/script.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace submission::testing {
namespace {

mailbox address(std::string const& text) {
    return mailbox::parse(text).value();
}

using words = std::istringstream;

std::string word_of(words& rest) {
    std::string word;
    rest >> word;
    return word;
}
std::string rest_of(words& rest) {
    std::string text;
    std::getline(rest >> std::ws, text);
    return text;
}

message& last(script& into) {
    return into.batch.messages.back();
}

void add_message(script& into, words& rest) {
    auto const from = word_of(rest);
    auto content = text_content("Subject: hi\r\n\r\nhello\r\n");
    auto& made = into.batch.add(
        message(from == "<>" ? std::nullopt : std::optional(address(from)), std::move(content)));
    for (std::string to; rest >> to;) made.to(address(to));
}

void add_deliver_by(script& into, words& rest) {
    std::int64_t seconds = 0;
    rest >> seconds;
    auto const mode = word_of(rest);
    auto const then = mode.starts_with('N') ? late_mail::notify : late_mail::return_to_sender;
    last(into).by =
        deliver_by::make(seconds, then, mode.ends_with('T') ? by_trace::yes : by_trace::no).value();
}

void add_notify(script& into, words& rest) {
    auto& whom = last(into).recipients.back();
    auto const word = word_of(rest);
    whom.notify = word == "never" ? notify_when::make({notification::never}).value()
                                  : notify_when::make({notification::success, notification::failure}).value();
}

void add_login(script& into, words& rest) {
    auto user = word_of(rest);
    auto secret = word_of(rest);
    auto made = credentials::password(std::move(user), std::move(secret));
    static std::map<std::string, auth_mechanism> const all{{"scram", auth_mechanism::scram_sha_256},
                                                           {"plain", auth_mechanism::plain},
                                                           {"login", auth_mechanism::login},
                                                           {"xoauth2", auth_mechanism::xoauth2}};
    std::vector<auth_mechanism> chosen;
    for (std::string word; rest >> word;) {
        if (word == "anywhere")
            made.place = auth_place::anywhere;
        else
            chosen.push_back(all.at(word));
    }
    if (!chosen.empty()) made.mechanisms = chosen;
    into.options.login = std::move(made);
}

using option = std::function<void(script&, words&)>;

template <class T>
option choice(T session_options::* which, std::map<std::string, T> all) {
    return [=](script& into, words& rest) { into.options.*which = all.at(word_of(rest)); };
}

std::map<std::string, option> const& known_options() {
    static std::map<std::string, option> const all{
        {"message", add_message},
        {"content",
         [](script& into, words& rest) {
             last(into).content = text_content(::test::unescaped(rest_of(rest), ""));
         }},
        {"flowing",
         [](script& into, words&) {
             last(into).content = flowing_content([] { return boost::asio::awaitable<std::string>(); });
         }},
        {"size", [](script& into, words& rest) { last(into).size = std::stoull(word_of(rest)); }},
        {"body",
         [](script& into, words& rest) {
             auto const word = word_of(rest);
             last(into).body = word == "binary" ? body_type::binary
                               : word == "8bit" ? body_type::eight_bit
                                                : body_type::seven_bit;
         }},
        {"utf8", [](script& into, words&) { last(into).has_utf8_headers = true; }},
        {"require-all", [](script& into, words&) { last(into).required = required_recipients::all; }},
        {"ret",
         [](script& into, words& rest) {
             last(into).ret = word_of(rest) == "full" ? returned::full : returned::headers;
         }},
        {"envid",
         [](script& into, words& rest) { last(into).id = envelope_id::make(rest_of(rest)).value(); }},
        {"by", add_deliver_by},
        {"notify", add_notify},
        {"orcpt",
         [](script& into, words& rest) {
             last(into).recipients.back().original =
                 original_recipient::make("rfc822", word_of(rest)).value();
         }},
        {"headers",
         [](script& into, words&) {
             auto& one = last(into);
             one.headers = missing_headers::are_added;
             one.added.date = "Date: Fri, 01 Jan 2027 00:00:00 +0000\r\n";
             one.added.message_id = "Message-Id: <1@x.example>\r\n";
             one.added.from = "From: <ann@x.example>\r\n";
         }},
        {"etrn",
         [](script& into, words& rest) {
             auto word = word_of(rest);
             char const first = word.front();
             bool const has_option = first == '@' || first == '#';
             into.batch.etrns.push_back(
                 etrn::make(word.substr(has_option ? 1 : 0), has_option ? first : '\0').value());
         }},
        {"tls", choice(&session_options::tls,
                       std::map<std::string, tls_policy>{{"never", tls_policy::never},
                                                         {"may", tls_policy::may},
                                                         {"require", tls_policy::require},
                                                         {"verified", tls_policy::verified}})},
        {"implicit", [](script& into, words&) { into.tls = tls_start::at_once; }},
        {"login", add_login},
        {"token",
         [](script& into, words& rest) {
             auto user = word_of(rest);
             into.options.login = credentials::token(std::move(user), word_of(rest));
         }},
        {"chunking", choice(&session_options::chunking,
                            std::map<std::string, chunking>{{"never", chunking::never},
                                                            {"where-offered", chunking::where_offered}})},
        {"chunk", [](script& into, words& rest) { into.options.chunk = std::stoul(word_of(rest)); }},
        {"pipelining",
         choice(&session_options::pipelining,
                std::map<std::string, pipelining>{{"never", pipelining::never},
                                                  {"recipients", pipelining::recipients},
                                                  {"recipients-and-data", pipelining::recipients_and_data}})},
        {"recipients-of-transaction",
         [](script& into, words& rest) {
             into.options.recipients_of_transaction = std::stoul(word_of(rest));
         }},
        {"tls-fault",
         [](script& into, words& rest) {
             auto const word = word_of(rest);
             auto const kind = word == "authorities" ? callout::tls_file_problem::authorities_unusable
                               : word == "key"       ? callout::tls_file_problem::no_certificate
                                                     : callout::tls_file_problem::certificate_unusable;
             into.options.tls_faults.emplace_back(kind, rest_of(rest));
         }},
        {"piece", [](script& into, words& rest) { into.piece = std::stoul(word_of(rest)); }},
        {"content-fails-after",
         [](script& into, words& rest) { into.content_fails_after = ::test::unescaped(rest_of(rest), ""); }},
        {"decide",
         [](script& into, words& rest) {
             auto name = word_of(rest);
             into.decisions[name] = rest_of(rest);
         }},
        {"one-piece", [](script& into, words&) { into.is_about_pieces = true; }},
        {"throw", [](script& into, words& rest) { into.throws_at = word_of(rest); }},
    };
    return all;
}

}  // namespace

script script::read(std::string const& path) {
    std::ifstream file(path);
    script made;
    made.name = std::filesystem::path(path).stem();
    made.options.tls = tls_policy::may;
    made.options.helo = callout::helo_name::parse("client.example").value();
    made.steps.push_back({{}, "begin", {}, 1});
    std::string line;
    bool begins = false;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (!line.empty() && line[0] == '#') continue;
        if (line.empty()) {
            begins = true;
            continue;
        }
        auto const text = line.size() > 2 ? line.substr(2) : std::string();
        auto const& now = made.steps.back();
        if (line[0] == '!') {
            words rest(text);
            auto const word = word_of(rest);
            auto const found = known_options().find(word);
            if (found == known_options().end()) throw std::runtime_error(path + ": unknown option " + word);
            found->second(made, rest);
        } else if (line[0] == '@') {
            made.steps.push_back({{}, text, {}, number});
        } else if (line[0] == '<') {
            if (begins || !now.expected.empty() || !now.directive.empty())
                made.steps.push_back({{}, {}, {}, number});
            made.steps.back().octets += ::test::unescaped(text, "\r\n");
        } else if (line[0] == '>' || line[0] == '*') {
            made.steps.back().expected += line + '\n';
        } else {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": no mark");
        }
        begins = false;
    }
    return made;
}

}  // namespace submission::testing
