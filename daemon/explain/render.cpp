#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "explain/explanation.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

namespace json = boost::json;

constexpr std::size_t title_width = 11;

/// Text of the document as a terminal may see it.
std::string text_at(json::object const& from, std::string_view key) {
    auto const* const value = from.if_contains(key);
    if (value == nullptr) return {};
    return value->is_string() ? escaped(value->as_string()) : json::serialize(*value);
}

json::array const& list_at(json::object const& from, std::string_view key) {
    static json::array const none;
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_array() ? value->as_array() : none;
}

bool truth_at(json::object const& from, std::string_view key) {
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_bool() && value->as_bool();
}

/// Lines under a title that stands once, at the left.
class section {
public:
    section(std::string& out, std::string_view title) : out_(out), title_(title) {}
    ~section() {
        if (lines_ == 0) line("-");
    }
    void line(std::string_view text) {
        auto const title = lines_++ == 0 ? title_ : std::string_view();
        out_.append(title).append(title_width - title.size(), ' ').append(text).append(1, '\n');
    }

private:
    std::string& out_;
    std::string_view title_;
    std::size_t lines_ = 0;
};

std::string joined(json::array const& texts, std::string_view separator) {
    std::string all;
    for (auto const& text : texts) all.append(all.empty() ? "" : separator).append(escaped(text.as_string()));
    return all;
}

void show_address(std::string& out, json::object const& document) {
    section part(out, "address");
    if (auto const* address = document.if_contains("address")) {
        auto const& parts = address->as_object();
        part.line(text_at(parts, "normalized") + "  (local \"" + text_at(parts, "local") + "\", domain \"" +
                  text_at(parts, "domain") + "\")");
    } else {
        part.line(text_at(document, "input") + "  (" + text_at(document, "error") + ')');
    }
}

void show_policy(std::string& out, json::object const& document) {
    section part(out, "policy");
    for (auto const& one : list_at(document, "policy")) {
        auto const& rule = one.as_object();
        part.line(text_at(rule, "rule") + (truth_at(rule, "matched") ? " MATCH: " : " - ") +
                  text_at(rule, "why"));
    }
}

void show_cache(std::string& out, json::object const& document) {
    section part(out, "cache");
    for (auto const& one : list_at(document, "cache")) {
        auto const& look = one.as_object();
        auto line = text_at(look, "about") + " in " + text_at(look, "layer") + ": ";
        line += truth_at(look, "hit") ? text_at(look, "result") + ", " + text_at(look, "age_s") + " s old"
                                      : "miss";
        part.line(line);
    }
    if (truth_at(document, "joined")) part.line("the same question was under way: its answer was awaited");
}

void show_dns(std::string& out, json::object const& document) {
    section part(out, "dns");
    for (auto const& one : list_at(document, "dns")) {
        auto const& answer = one.as_object();
        auto line = text_at(answer, "type") + ' ' + text_at(answer, "name");
        auto const& records = list_at(answer, "records");
        if (records.empty())
            line += ": " + text_at(answer, "outcome");
        else
            line += ' ' + text_at(answer, "ttl_s") + "s -> " + joined(records, ", ");
        part.line(line);
    }
}

void show_fence(std::string& out, json::object const& document) {
    section part(out, "fence");
    for (auto const& one : list_at(document, "fence")) {
        auto const& check = one.as_object();
        part.line(text_at(check, "host") + " [" + text_at(check, "address") + "] " +
                  (truth_at(check, "allowed") ? "ok (" : "DENIED (") + text_at(check, "rule") + ')');
    }
    for (auto const& one : list_at(document, "left_out")) {
        part.line(text_at(one.as_object(), "host") + " left out: " + text_at(one.as_object(), "why"));
    }
}

std::string seconds(json::object const& line) {
    std::array<char, 32> text{};
    auto const at = line.at("at_ms").as_int64();
    std::snprintf(text.data(), text.size(), "+%lld.%03lld", static_cast<long long>(at / 1000),
                  static_cast<long long>(at % 1000));
    return text.data();
}

/// The lines of a reply stand one below the other, under the time of the first.
void show_line(section& part, json::object const& line) {
    auto margin = "  " + seconds(line) + "  " + text_at(line, "direction") + ' ';
    std::string_view rest = line.at("text").as_string();
    for (;;) {
        auto const end = rest.find("\r\n");
        part.line(margin + escaped(rest.substr(0, end)));
        if (end == std::string_view::npos) return;
        rest.remove_prefix(end + 2);
        std::fill_n(margin.begin(), seconds(line).size() + 2, ' ');
    }
}

void show_dialogue(std::string& out, json::object const& document) {
    section part(out, "dialogue");
    for (auto const& one : list_at(document, "dialogue")) {
        auto const& session = one.as_object();
        auto head =
            text_at(session, "host") + " [" + text_at(session, "ip") + "]:" + text_at(session, "port");
        if (session.contains("from")) head += " from " + text_at(session, "from");
        part.line(head);
        for (auto const& line : list_at(session, "lines")) show_line(part, line.as_object());
    }
}

void show_verdict(std::string& out, json::object const& document) {
    section part(out, "verdict");
    auto const* const found = document.if_contains("verdict");
    if (found == nullptr) return part.line("not asked");
    auto const& verdict = found->as_object();
    auto line =
        text_at(verdict, "result") + " (" + text_at(verdict, "status") + '/' + text_at(verdict, "reason");
    if (text_at(verdict, "strength") == "weak") line += ", weak";
    if (!text_at(verdict, "mx").empty()) line += ", said by " + text_at(verdict, "mx");
    if (truth_at(verdict, "cached")) line += ", from the cache";
    part.line(line + ')');
    part.line(escaped(json::value_to<std::string>(verdict.at("message"))));
    if (verdict.contains("retry_after_s"))
        part.line("worth asking again in " + text_at(verdict, "retry_after_s") + " s");
}

void show_decision(std::string& out, json::object const& document) {
    auto const& decision = document.at("decision").as_object();
    section(out, "decision")
        .line(text_at(decision, "action") + " by rule " + text_at(decision, "rule") + "; mode is " +
              text_at(decision, "mode") + " -> effective: " + text_at(decision, "effective"));
    if (document.contains("reply")) section(out, "reply").line(text_at(document, "reply"));
}

}  // namespace

std::string render(json::object const& document) {
    std::string out;
    show_address(out, document);
    show_policy(out, document);
    show_cache(out, document);
    show_dns(out, document);
    show_fence(out, document);
    show_dialogue(out, document);
    show_verdict(out, document);
    show_decision(out, document);
    return out;
}

}  // namespace vouchd
