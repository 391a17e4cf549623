#include "core/record.hpp"

#include <array>
#include <charconv>

#include "callout/verdict_word.hpp"
#include "core/decision.hpp"
#include "core/record_line.hpp"

namespace callout::core {
namespace {

constexpr std::size_t max_message = 512;  ///< bytes; the rest is room for escapes and the other fields

void write_reply(record_writer& out, reply const& r) {
    out.add("code", std::int64_t(r.code));
    if (r.enhanced) out.add("enh", r.enhanced->to_string());
}

/// Returns the reply's code and triplet; its lines are only in the message.
std::optional<reply> reply_in(record_line const& all) {
    auto const code = all.number("code");
    if (!code || *code < 200 || *code > 599) return std::nullopt;
    return reply(static_cast<unsigned>(*code), parse_enhanced_code(all.text("enh")), {});
}

std::string in_hexadecimal(std::uint64_t number) {
    std::array<char, 16> digits{};
    auto const end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
    return std::string(digits.begin(), end);
}

std::optional<std::uint64_t> hexadecimal_in(std::string_view text) {
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    bool const is_number = failed == std::errc() && end == text.data() + text.size();
    return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string to_record(kept_verification const& kept) {
    auto const& v = kept.answer;
    record_writer out;
    out.add("r", to_string(word_of(v)));
    out.add("s", to_string(v.status));
    out.add("why", to_string(v.reason));
    out.add("scope", to_string(v.scope));
    out.add("strength", to_string(v.strength));
    out.add("exists", to_string(v.exists));
    out.add("catch_all", to_string(v.catch_all));
    out.add("rejects_null", std::int64_t(v.rejects_null));
    out.add("t", kept.stored);
    out.add("ttl", seconds_since_epoch(kept.expires) - seconds_since_epoch(kept.stored));
    if (v.unconfirmed) out.add("looks", std::int64_t(1));
    if (kept.doubted) out.add("doubt", *kept.doubted);
    if (v.retry_after) out.add("retry", std::int64_t(v.retry_after->count()));
    if (v.reply) write_reply(out, *v.reply);
    out.add("at", to_string(v.said_at));
    if (kept.asked) out.add("to", in_hexadecimal(*kept.asked));
    out.add("mx", std::string_view(v.host).substr(0, 253));
    out.add("ip", v.ip);
    auto message = v.message.substr(0, max_message);
    auto const bare_size = out.line.size();
    for (out.add("msg", message); out.line.size() > max_record; out.add("msg", message)) {
        out.line.resize(bare_size);
        message.resize(message.size() / 2);
    }
    return std::move(out.line);
}

std::optional<kept_verification> from_record(std::string_view text) {
    auto const all = record_line::parse(text);
    if (!all) return std::nullopt;
    auto const s = status_from(all->text("s"));
    auto const r = reason_from(all->text("why"));
    auto const whose = scope_from(all->text("scope"));
    auto const weight = strength_from(all->text("strength"));
    auto const since = all->time("t");
    auto const life = all->time("ttl");
    if (!s || !r || !whose || !weight || !since || !life) return std::nullopt;
    verification v(*s, *r);
    v.scope = *whose;
    v.strength = *weight;
    v.exists = known_from(all->text("exists")).value_or(known::unknown);
    v.catch_all = known_from(all->text("catch_all")).value_or(known::unknown);
    v.rejects_null = all->text("rejects_null") == "1";
    v.unconfirmed = all->text("looks") == "1";
    v.message = all->text("msg");
    v.reply = reply_in(*all);
    v.said_at = stage_from(all->text("at")).value_or(stage::any);
    v.host = all->text("mx");
    v.ip = all->text("ip");
    if (auto const wait = all->number("retry"); wait && *wait <= 3600)
        v.retry_after = std::chrono::seconds(*wait);
    kept_verification kept(std::move(v), *since, *since + life->time_since_epoch());
    kept.doubted = all->time("doubt");
    kept.asked = hexadecimal_in(all->text("to"));
    return kept;
}

}  // namespace callout::core
