#include <boost/json.hpp>
#include <iostream>

#include "commands/commands.hpp"
#include "explain/exit_status.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

using callout::reply_meaning;
using callout::core::stage;

stage stage_named(std::string_view name) {
    if (name == "greeting") return stage::greeting;
    return name == "mail" ? stage::mail_null : stage::rcpt;
}

/// Returns whether the line begins with the code, alone or parted from what follows.
bool begins_with_code(std::string_view line, std::string_view code) {
    return line.starts_with(code) &&
           (line.size() == code.size() || line[code.size()] == ' ' || line[code.size()] == '-');
}

/// Returns the reply as it comes over the wire. Its lines may be parted by line ends, or by " | " to fit one
/// line of a shell; those after the first need not repeat the code.
std::string as_sent(std::string text) {
    constexpr std::size_t code_size = 3;
    for (auto at = text.find(" | "); at != text.npos; at = text.find(" | ")) text.replace(at, 3, "\n");
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    auto const code = text.substr(0, code_size);
    if (!begins_with_code(text.substr(0, text.find_first_of("\r\n")), code)) return text + "\r\n";
    std::string sent;
    for (std::size_t begin = 0; begin <= text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        auto line = text.substr(begin, end - begin);
        if (line.ends_with('\r')) line.pop_back();
        auto const words =
            begins_with_code(line, code) ? line.substr(std::min(code_size + 1, line.size())) : line;
        sent.append(code).append(1, end < text.size() ? '-' : ' ').append(words).append("\r\n");
        begin = end + 1;
    }
    return sent;
}

callout::result<std::optional<callout::core::reply>> read(std::string const& text) {
    callout::core::reply_reader reader;
    reader.feed(as_sent(text));
    return reader.next();
}

std::string verdict_of(reply_meaning const& what) {
    auto text = std::string(to_string(what.status)) + '/' + std::string(to_string(what.reason));
    return text + (what.strength == callout::strength::weak ? ", weak" : "");
}

/// Returns for whom the verdict holds, in words.
std::string_view holds_for(reply_meaning const& what) {
    switch (what.scope) {
        case callout::scope::address: return "the address that was asked about";
        case callout::scope::domain: return "the domain";
        case callout::scope::host: return "the host, in this conversation";
        case callout::scope::self: break;
    }
    return "us: the host refuses whoever speaks for us";
}

std::string_view refuses(reply_meaning const& what) {
    bool const fails = what.status == callout::status::fail;
    if (fails && what.strength == callout::strength::weak) return "no: the evidence is weak";
    return fails ? "yes" : "no";
}

std::string because(reply_meaning const& what) {
    return what.rule.empty() ? what.row : "rule " + what.rule;
}

std::string render(reply_meaning const& what) {
    std::string text = "means      " + verdict_of(what) + "\nholds for  " + std::string(holds_for(what)) +
                       "\nrefuses    " + std::string(refuses(what)) + "\nbecause    " + because(what) + '\n';
    if (what.enhanced) text += "code       " + what.enhanced->to_string() + '\n';
    for (auto const& one : what.words)
        text += "words      \"" + escaped(one.words) + "\" is about " + one.about + '\n';
    return text;
}

boost::json::object to_json(reply_meaning const& what) {
    boost::json::array words;
    for (auto const& one : what.words)
        words.push_back(boost::json::object{{"words", escaped(one.words)}, {"about", one.about}});
    boost::json::object all{{"status", to_string(what.status)}, {"reason", to_string(what.reason)},
                            {"scope", to_string(what.scope)},   {"strength", to_string(what.strength)},
                            {"because", because(what)},         {"words", std::move(words)}};
    if (what.enhanced) all["enhanced"] = what.enhanced->to_string();
    return all;
}

}  // namespace

int explain_reply(config const& values, reply_options const& options) {
    auto const reply = read(options.reply);
    if (!reply || !*reply) {
        std::cerr << "vouchd: this is not a reply of a mail server: "
                  << (reply ? "it has no last line" : reply.error().message())
                  << " (write it as \"550 5.1.1 no such user\")\n";
        return exit_status::bad_data;
    }
    auto const what =
        values.engine.reply_rules.meaning_of(**reply, stage_named(options.at), options.address, options.host);
    std::cout << (options.format == format::json ? boost::json::serialize(to_json(what)) + '\n'
                                                 : render(what));
    return exit_status::success;
}

}  // namespace vouchd
