#include "load/load_report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdarg>
#include <cstdio>

#include "host/exit_status.hpp"
#include "load/schedule.hpp"
#include "text/indented.hpp"
#include "text/values.hpp"

namespace testmta::load {

namespace json_lib = boost::json;

namespace {

struct column {
    std::string_view name;
    double percent;
};
constexpr column columns[] = {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p99.9", 99.9}};

__attribute__((format(printf, 1, 2))) std::string formatted(char const* format, ...) {
    char text[256];
    va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return text;
}

double in_milliseconds(histogram::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

double in_microseconds(histogram::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

std::string head_of_table() {
    auto line = formatted("%-10s%12s%10s%10s", "ms", "count", "min", "mean");
    for (auto const& one : columns) line += formatted("%10s", std::string(one.name).c_str());
    return line + formatted("%10s\n", "max");
}

std::string line_of_table(std::string_view name, histogram const& times) {
    auto line = formatted("%-10s%12llu%10.3f%10.3f", std::string(name).c_str(),
                          static_cast<unsigned long long>(times.count()), in_milliseconds(times.least()),
                          in_milliseconds(times.mean()));
    for (auto const& one : columns)
        line += formatted("%10.3f", in_milliseconds(times.percentile(one.percent)));
    return line + formatted("%10.3f\n", in_milliseconds(times.greatest()));
}

json_lib::object json_of(histogram const& times) {
    json_lib::object found{{"count", times.count()},
                           {"min_us", in_microseconds(times.least())},
                           {"mean_us", in_microseconds(times.mean())}};
    for (auto const& one : columns)
        found[std::string(one.name) + "_us"] = in_microseconds(times.percentile(one.percent));
    found["max_us"] = in_microseconds(times.greatest());
    return found;
}

}  // namespace

load_report::load_report(plan const& what, load_result const& how)
    : plan_(what), result_(how), seconds_(std::chrono::duration<double>(how.took).count()) {
    schedule const when(what);
    auto const is_cut = how.was_interrupted || how.ended_early;
    if (what.rate) {
        // The last message has its share of the time, too: M messages at a rate of R take M / R.
        auto horizon = is_cut ? how.took : schedule::duration::max();
        if (what.messages) horizon = std::min(horizon, *when.start_of(*what.messages));
        if (what.time) horizon = std::min<schedule::duration>(horizon, *what.time);
        auto const scheduled = std::chrono::duration<double>(horizon).count();
        seconds_ = std::max(seconds_, scheduled);
        if (scheduled > 0) wanted_ = *when.due_by(horizon) / scheduled;
    }
    auto const ended = static_cast<double>(how.all.passed + how.all.failed);
    rate_ = seconds_ > 0 ? ended / seconds_ : 0;
    if (what.expected_rate && rate_ < *what.expected_rate) {
        unmet_.push_back(
            formatted("expected at least %.2f messages/s, got %.2f", *what.expected_rate, rate_));
    }
    if (!what.expected_p99) return;
    auto const limit = "expected a p99 of at most " + text::to_string(*what.expected_p99) + ", got ";
    auto const p99 = whole().percentile(99);
    if (whole().count() == 0) {
        unmet_.push_back(limit + "no message with an end");
    } else if (p99 > *what.expected_p99) {
        unmet_.push_back(limit + formatted("%.3f ms", in_milliseconds(p99)));
    }
}

/// Messages under way are lost only if the filter was: SIGINT loses nothing.
std::uint64_t load_report::lost() const {
    return result_.all.lost + (result_.ended_early ? result_.all.under_way() : 0);
}

histogram const& load_report::whole() const {
    auto const& tests = result_.all.time_of(phase::test);
    return tests.count() != 0 ? tests : result_.all.time_of(phase::message);
}

double load_report::per_message(double of_all) const {
    auto const ended = result_.all.ended();
    return ended != 0 ? of_all / static_cast<double>(ended) : 0;
}

int load_report::exit_status() const {
    auto const& all = result_.all;
    if (result_.ended_early == early_end::no_filter) return exit_status::no_filter;
    auto const is_bad = result_.ended_early || result_.was_interrupted || !unmet_.empty() ||
                        all.errors() != 0 || all.failed != 0 || lost() != 0;
    if (is_bad) return exit_status::failed;
    return all.passed == 0 && all.skipped != 0 ? exit_status::skipped : exit_status::passed;
}

std::string load_report::summary() const {
    auto const& all = result_.all;
    auto const number = [](std::uint64_t count) { return std::to_string(count); };
    std::string out = number(all.begun);
    if (plan_.messages) out += " of " + number(*plan_.messages);
    out += " messages begun: " + number(all.passed) + " passed, " + number(all.failed) + " failed, " +
           number(lost()) + " lost";
    if (all.skipped != 0) out += ", " + number(all.skipped) + " skipped";
    if (!result_.ended_early && all.under_way() != 0) out += ", " + number(all.under_way()) + " under way";
    return out + "\n";
}

std::string load_report::rates() const {
    auto const& all = result_.all;
    auto out = formatted("%llu sessions, %zu at a time, %zu threads\n",
                         static_cast<unsigned long long>(all.sessions), plan_.connections, plan_.threads);
    out += formatted("%.3f s: %.2f messages/s", seconds_, rate_);
    if (seconds_ > 0 && all.octets_sent != 0) {
        out +=
            formatted(", %.0f bytes/s sent, %.0f received", static_cast<double>(all.octets_sent) / seconds_,
                      static_cast<double>(all.octets_received) / seconds_);
    }
    out += '\n';
    if (!wanted_) return out;
    auto const short_by = std::max(0.0, 100 * (1 - rate_ / *wanted_));
    out += formatted("rate: %.2f/s scheduled, %.2f/s achieved, %.1f %% short; ", *wanted_, rate_, short_by);
    out += formatted("starts after the intended time: p50 %.3f ms, max %.3f ms\n",
                     in_milliseconds(all.lateness.percentile(50)), in_milliseconds(all.lateness.greatest()));
    return out;
}

std::string load_report::costs() const {
    return formatted("cost of testmta: %.2f us of CPU per message, %zu KiB of memory at most\n",
                     per_message(static_cast<double>(result_.cpu_time.count())), result_.peak_kilobytes);
}

std::string load_report::errors() const {
    std::string out;
    for (auto const& [kind, one] : result_.all.kinds) {
        out += formatted("%llu x ", static_cast<unsigned long long>(one.count)) + kind +
               (one.first.empty() ? "\n" : "; the first one:\n");
        out += text::indented(one.first, "  ");
    }
    return out;
}

std::string load_report::text() const {
    auto out = summary() + rates() + costs();
    std::string table;
    for (std::size_t i = 0; i != phases; ++i) {
        auto const what = static_cast<phase>(i);
        auto const& times = result_.all.time_of(what);
        if (times.count() != 0) table += line_of_table(word_of(what), times);
    }
    if (!table.empty()) out += "\n" + head_of_table() + table;
    if (!result_.all.kinds.empty()) out += "\n" + errors();
    if (result_.was_interrupted) out += "\ninterrupted\n";
    if (result_.ended_early) out += "\nended early: " + result_.why + "\n";
    for (auto const& one : unmet_) out += "\n" + one + "\n";
    return out;
}

std::string load_report::json() const {
    auto const& all = result_.all;
    json_lib::object times;
    for (std::size_t i = 0; i != phases; ++i) {
        auto const what = static_cast<phase>(i);
        if (all.time_of(what).count() != 0) times[word_of(what)] = json_of(all.time_of(what));
    }
    json_lib::array kinds;
    for (auto const& [kind, one] : all.kinds)
        kinds.push_back(json_lib::object{{"kind", kind}, {"count", one.count}, {"first", one.first}});
    json_lib::array unmet;
    for (auto const& one : unmet_) unmet.emplace_back(one);
    json_lib::object found{
        {"messages",
         {{"begun", all.begun},
          {"passed", all.passed},
          {"failed", all.failed},
          {"lost", lost()},
          {"skipped", all.skipped},
          {"under_way", result_.ended_early ? 0 : all.under_way()}}},
        {"sessions", all.sessions},
        {"connections", plan_.connections},
        {"threads", plan_.threads},
        {"seconds", seconds_},
        {"messages_per_second", rate_},
        {"bytes_sent", all.octets_sent},
        {"bytes_received", all.octets_received},
        {"cpu_us_per_message", per_message(static_cast<double>(result_.cpu_time.count()))},
        {"peak_memory_kib", result_.peak_kilobytes},
        {"times", std::move(times)},
        {"errors", std::move(kinds)},
        {"unmet", std::move(unmet)},
        {"interrupted", result_.was_interrupted},
    };
    if (wanted_) {
        found["scheduled_per_second"] = *wanted_;
        found["lateness"] = json_of(all.lateness);
    }
    if (result_.ended_early) found["ended_early"] = result_.why;
    return json_lib::serialize(found) + "\n";
}

}  // namespace testmta::load
