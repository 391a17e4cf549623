#include "explain/recorder.hpp"

#include "callout/verdict_word.hpp"

namespace vouchd {

namespace {

namespace event = callout::event;

std::string_view type_word(callout::record_type type) {
    switch (type) {
        case callout::record_type::a: return "A";
        case callout::record_type::aaaa: return "AAAA";
        case callout::record_type::mx: return "MX";
        case callout::record_type::cname: return "CNAME";
    }
    return "?";
}

std::string outcome_word(callout::dns_answer const& answer) {
    switch (answer.outcome) {
        case callout::dns_outcome::ok: return "ok";
        case callout::dns_outcome::no_data: return "no such record";
        case callout::dns_outcome::no_domain: return "no such domain";
        case callout::dns_outcome::timed_out:
            return answer.detail.empty() ? "no answer in time" : answer.detail;
        case callout::dns_outcome::failed: return answer.detail.empty() ? "failed" : answer.detail;
    }
    return "?";
}

std::vector<std::string> records_of(callout::dns_answer const& answer) {
    std::vector<std::string> records;
    records.reserve(answer.exchanges.size() + answer.addresses.size() + 1);
    for (auto const& mx : answer.exchanges)
        records.push_back(std::to_string(mx.preference) + ' ' + (mx.exchange.empty() ? "." : mx.exchange));
    for (auto const& address : answer.addresses) records.push_back(address.to_string());
    if (answer.left_out > 0) records.push_back("and " + std::to_string(answer.left_out) + " more");
    return records;
}

/// Writes down each event of callout/events.hpp that an explanation shows, with its time.
class scribe {
public:
    scribe(explanation& into, std::int64_t at) : into_(into), at_(at) {}

    void operator()(event::cache_looked_up const& e) {
        cache_look look{std::string(e.layer), std::string(e.about), e.hit, {}, {}};
        if (e.found != nullptr) {
            look.result = to_string(callout::word_of(*e.found));
            look.age_s = e.found->age.count();
        }
        into_.cache.push_back(std::move(look));
    }
    void operator()(event::joined const&) { into_.joined = true; }
    void operator()(event::dns_answered const& e) {
        into_.dns.push_back({std::string(e.question), std::string(type_word(e.type)), outcome_word(e.answer),
                             e.answer.ttl.count(), records_of(e.answer), at_});
    }
    void operator()(event::address_checked const& e) {
        into_.fence.push_back(
            {std::string(e.host), e.address.to_string(), e.verdict.allowed, std::string(e.verdict.rule)});
    }
    void operator()(event::left_out const& e) {
        into_.left_out.push_back({std::string(e.host), std::string(e.why)});
    }
    void operator()(event::connecting const& e) { begin(e.host, e.to); }
    void operator()(event::connect_failed const& e) { line("!", e.error.message()); }
    void operator()(event::connected const& e) {
        if (e.reused) {
            begin(e.host, e.to);
            line("*", "a session that was open");
        }
        session().from = e.local.address().to_string();
    }
    void operator()(event::sent const& e) { line(">", e.command); }
    void operator()(event::received const& e) { line("<", e.reply.text()); }
    void operator()(event::reply_failed const& e) { line("!", e.error.message()); }
    void operator()(event::tls_up const& e) {
        auto const bits = std::to_string(e.session.bits) + " bits";
        line("*", e.session.version + ' ' + e.session.cipher + ", " + bits);
    }
    void operator()(event::tls_failed const& e) {
        if (e.error) line("!", e.error.message());
    }
    void operator()(event::extension_missing const& e) {
        line("!", std::string(e.keyword) + " is not offered");
    }
    void operator()(event::protocol_error const& e) {
        if (!e.raw.empty()) line("<", e.raw);
    }
    void operator()(event::disconnected const& e) {
        if (e.why == event::disconnected::cause::kept) line("*", "kept for further questions");
    }
    /// All other events say what the lines above show already.
    template <class Other>
    void operator()(Other const&) {}

private:
    void begin(std::string_view host, callout::endpoint const& to) {
        into_.dialogue.push_back({std::string(host), to.address().to_string(), to.port(), at_, {}, {}});
    }
    explained_session& session() {
        if (into_.dialogue.empty()) into_.dialogue.emplace_back();
        return into_.dialogue.back();
    }
    void line(std::string_view direction, std::string_view text) {
        session().lines.push_back({at_, std::string(direction), std::string(text)});
    }

    explanation& into_;
    std::int64_t at_;
};

}  // namespace

void recorder::on(callout::any_event const& what, callout::steady_time when) {
    auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(when - begun_);
    std::visit(scribe(seen_, since.count()), what);
}

explanation recorder::explain(subject const& sender, decision const& made) const {
    auto all = explain_decision(sender, made);
    all.cache = seen_.cache;
    all.dns = seen_.dns;
    all.fence = seen_.fence;
    all.left_out = seen_.left_out;
    all.joined = seen_.joined;
    all.dialogue = seen_.dialogue;
    return all;
}

}  // namespace vouchd
