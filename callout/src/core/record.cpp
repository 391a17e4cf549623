#include "callout/core/record.hpp"

#include <algorithm>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <charconv>

#include "callout/core/decision.hpp"
#include "callout/verdict_word.hpp"

namespace callout::core {
namespace {

struct field {
    std::string key;
    std::string value;
};

}  // namespace
}  // namespace callout::core

BOOST_FUSION_ADAPT_STRUCT(callout::core::field, key, value)

namespace callout::core {
namespace {

using fields = std::vector<field>;

constexpr std::string_view format_version = "1";
constexpr std::size_t max_message = 512;  ///< of a record; the rest is room for escapes and the other fields

namespace grammar {

namespace x3 = boost::spirit::x3;

class escapes : public x3::symbols<char> {
public:
    escapes() { add("\\\\", '\\')("\\\"", '"')("\\r", '\r')("\\n", '\n')("\\t", '\t'); }
};
escapes const escape;

x3::rule<class bare_tag, std::string> const bare = "bare value";
auto const bare_def = *x3::char_("!#-~");

x3::rule<class quoted_tag, std::string> const quoted = "quoted value";
auto const quoted_def = x3::lit('"') >> *(escape | x3::char_(" !#-[") | x3::char_("]-~")) >> '"';

x3::rule<class field_tag, field> const one_field = "field";
auto const one_field_def = +x3::char_("a-z_") >> '=' >> (quoted | bare);

x3::rule<class record_tag, fields> const record = "record";
auto const record_def = one_field % ' ';

BOOST_SPIRIT_DEFINE(bare, quoted, one_field, record)

}  // namespace grammar

std::string quote(std::string_view text) {
    static constexpr std::string_view special = "\\\"\r\n\t";
    static constexpr std::string_view letters = "\\\"rnt";
    std::string out = "\"";
    for (char const c : text) {
        auto const at = special.find(c);
        if (at != special.npos) out += '\\';
        out += at == special.npos ? c : letters[at];
    }
    return out + '"';
}

void write(std::string& line, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!line.empty()) line += ' ';
    line += key;
    line += '=';
    bool const plain = value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._:-") == value.npos;
    line += plain ? std::string(value) : quote(value);
}

void write(std::string& line, std::string_view key, std::int64_t value) {
    write(line, key, std::to_string(value));
}

std::int64_t seconds_since_epoch(system_time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

std::string_view value_in(fields const& all, std::string_view key) {
    auto const found = std::ranges::find(all, key, &field::key);
    return found == all.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<std::int64_t> number_in(fields const& all, std::string_view key) {
    auto const text = value_in(all, key);
    std::int64_t number = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

/// A second may stand for a century, but not for an overflow of the clock.
constexpr std::int64_t latest = 1LL << 33;

std::optional<fields> parse(std::string_view text) {
    fields all;
    auto at = text.begin();
    if (text.size() > max_record || !boost::spirit::x3::parse(at, text.end(), grammar::record, all))
        return std::nullopt;
    if (at != text.end() || value_in(all, "v") != format_version) return std::nullopt;
    return all;
}

void write_reply(std::string& line, reply const& r) {
    write(line, "code", r.code);
    if (r.enhanced) write(line, "enh", r.enhanced->to_string());
}

/// The code and the triplet come back; the lines stay in the message.
std::optional<reply> reply_in(fields const& all) {
    auto const code = number_in(all, "code");
    if (!code || *code < 200 || *code > 599) return std::nullopt;
    return reply(static_cast<unsigned>(*code), parse_enhanced_code(value_in(all, "enh")),
                 std::vector<std::string>());
}

}  // namespace

std::string to_record(kept_verification const& kept) {
    auto const& v = kept.answer;
    std::string line;
    write(line, "v", format_version);
    write(line, "r", to_string(word_of(v)));
    write(line, "s", to_string(v.status));
    write(line, "why", to_string(v.reason));
    write(line, "scope", to_string(v.scope));
    write(line, "strength", to_string(v.strength));
    write(line, "exists", to_string(v.exists));
    write(line, "catch_all", to_string(v.catch_all));
    write(line, "rejects_null", std::int64_t(v.rejects_null));
    write(line, "t", seconds_since_epoch(kept.stored));
    write(line, "ttl", seconds_since_epoch(kept.expires) - seconds_since_epoch(kept.stored));
    if (v.retry_after) write(line, "retry", v.retry_after->count());
    if (v.reply) write_reply(line, *v.reply);
    write(line, "mx", std::string_view(v.host).substr(0, 253));
    write(line, "ip", v.ip);
    auto message = v.message.substr(0, max_message);
    auto const bare_size = line.size();
    for (write(line, "msg", message); line.size() > max_record; write(line, "msg", message)) {
        line.resize(bare_size);
        message.resize(message.size() / 2);
    }
    return line;
}

std::optional<kept_verification> from_record(std::string_view text) {
    auto const all = parse(text);
    if (!all) return std::nullopt;
    auto const s = status_from(value_in(*all, "s"));
    auto const r = reason_from(value_in(*all, "why"));
    auto const whose = scope_from(value_in(*all, "scope"));
    auto const weight = strength_from(value_in(*all, "strength"));
    auto const since = number_in(*all, "t");
    auto const life = number_in(*all, "ttl");
    if (!s || !r || !whose || !weight || !since || !life || *since > latest || *life > latest)
        return std::nullopt;
    verification v(*s, *r);
    v.scope = *whose;
    v.strength = *weight;
    v.exists = known_from(value_in(*all, "exists")).value_or(known::unknown);
    v.catch_all = known_from(value_in(*all, "catch_all")).value_or(known::unknown);
    v.rejects_null = value_in(*all, "rejects_null") == "1";
    v.message = value_in(*all, "msg");
    v.reply = reply_in(*all);
    v.host = value_in(*all, "mx");
    v.ip = value_in(*all, "ip");
    if (auto const wait = number_in(*all, "retry"); wait && *wait <= 3600)
        v.retry_after = std::chrono::seconds(*wait);
    auto const stored = system_time(std::chrono::seconds(*since));
    return kept_verification(std::move(v), stored, stored + std::chrono::seconds(*life));
}

}  // namespace callout::core
