#include "explain/render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "log/logfmt.hpp"

namespace vouchd {

namespace {

constexpr std::size_t title_width = 11;

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

std::string joined(std::vector<std::string> const& texts, std::string_view separator) {
    std::string all;
    for (auto const& text : texts) all.append(all.empty() ? "" : separator).append(escaped(text));
    return all;
}

void show_message(std::string& out, logged_decision const& what) {
    section part(out, "message");
    part.line("id " + escaped(what.id) + (what.qid.empty() ? "" : ", queue id " + escaped(what.qid)));
    part.line("client " + escaped(what.client) + ", helo " + escaped(what.helo) + ", recipient " +
              escaped(what.rcpt));
    part.line("decided in " + std::to_string(what.elapsed_ms) + " ms");
}

void show_address(std::string& out, explanation const& what) {
    section part(out, "address");
    if (auto const& parts = what.address) {
        part.line(escaped(parts->normalized) + "  (local \"" + escaped(parts->local) + "\", domain \"" +
                  escaped(parts->domain) + "\")");
        if (parts->beyond_rfc5321) part.line("not by the letter of RFC 5321: " + *parts->beyond_rfc5321);
    } else {
        part.line(escaped(what.input) + "  (" + what.error.value_or("") + ')');
    }
}

void show_policy(std::string& out, explanation const& what) {
    section part(out, "policy");
    for (auto const& one : what.policy)
        part.line(one.rule + (one.matched ? " MATCH: " : " - ") + escaped(one.why));
}

void show_cache(std::string& out, explanation const& what) {
    section part(out, "cache");
    for (auto const& look : what.cache) {
        auto const found =
            look.hit ? look.result.value_or("") + ", " + std::to_string(look.age_s.value_or(0)) + " s old"
                     : "miss";
        part.line(look.about + " in " + look.layer + ": " + found);
    }
    if (what.joined) part.line("the same question was under way: its answer was awaited");
}

void show_dns(std::string& out, explanation const& what) {
    section part(out, "dns");
    for (auto const& answer : what.dns) {
        auto const found = answer.records.empty()
                               ? ": " + escaped(answer.outcome)
                               : ' ' + std::to_string(answer.ttl_s) + "s -> " + joined(answer.records, ", ");
        part.line(answer.type + ' ' + escaped(answer.name) + found);
    }
}

void show_fence(std::string& out, explanation const& what) {
    section part(out, "fence");
    for (auto const& check : what.fence) {
        part.line(escaped(check.host) + " [" + check.address + "] " + (check.allowed ? "ok (" : "DENIED (") +
                  check.rule + ')');
    }
    for (auto const& one : what.left_out) part.line(escaped(one.host) + " left out: " + escaped(one.why));
}

std::string seconds(std::int64_t milliseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "+%lld.%03lld", static_cast<long long>(milliseconds / 1000),
                  static_cast<long long>(milliseconds % 1000));
    return text.data();
}

/// The lines of a reply stand one below the other, under the time of the first.
void show_line(section& part, dialogue_line const& line) {
    auto margin = "  " + seconds(line.at_ms) + "  " + line.direction + ' ';
    std::string_view rest = line.text;
    for (;;) {
        auto const end = rest.find("\r\n");
        part.line(margin + escaped(rest.substr(0, end)));
        if (end == std::string_view::npos) return;
        rest.remove_prefix(end + 2);
        std::fill_n(margin.begin(), seconds(line.at_ms).size() + 2, ' ');
    }
}

void show_dialogue(std::string& out, explanation const& what) {
    section part(out, "dialogue");
    for (auto const& session : what.dialogue) {
        auto const from = session.from ? " from " + *session.from : std::string();
        part.line(escaped(session.host) + " [" + session.ip + "]:" + std::to_string(session.port) + from);
        for (auto const& line : session.lines) show_line(part, line);
    }
}

void show_verdict(std::string& out, explanation const& what) {
    section part(out, "verdict");
    if (!what.verdict) return part.line("not asked");
    auto const& verdict = *what.verdict;
    auto line = verdict.result + " (" + verdict.status + '/' + verdict.reason;
    if (verdict.strength == "weak") line += ", weak";
    if (!verdict.mx.empty()) line += ", said by " + escaped(verdict.mx);
    if (verdict.cached) line += ", from the cache";
    part.line(line + ')');
    part.line(escaped(verdict.message));
    if (verdict.provenance) part.line(escaped(*verdict.provenance));
    if (verdict.retry_after_s)
        part.line("worth asking again in " + std::to_string(*verdict.retry_after_s) + " s");
}

void show_decision(std::string& out, explanation const& what) {
    auto const& decision = what.decision;
    section(out, "decision")
        .line(decision.action + " by rule " + decision.rule + "; mode is " + decision.mode +
              " -> effective: " + decision.effective);
    if (what.reply) section(out, "reply").line(escaped(*what.reply));
}

}  // namespace

std::string render(explanation const& what) {
    std::string out;
    show_address(out, what);
    show_policy(out, what);
    show_cache(out, what);
    show_dns(out, what);
    show_fence(out, what);
    show_dialogue(out, what);
    show_verdict(out, what);
    show_decision(out, what);
    return out;
}

std::string render(logged_decision const& what) {
    std::string out;
    show_message(out, what);
    show_address(out, what.why);
    show_policy(out, what.why);
    show_verdict(out, what.why);
    show_decision(out, what.why);
    return out;
}

}  // namespace vouchd
