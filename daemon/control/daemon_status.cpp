#include "control/daemon_status.hpp"

#include <boost/json.hpp>
#include <exception>
#include <iomanip>
#include <sstream>

namespace vouchd {

namespace json = boost::json;

namespace {

using milliseconds = std::chrono::duration<double, std::milli>;
using std::chrono::nanoseconds;

double ms_of(nanoseconds what) {
    return milliseconds(what).count();
}
nanoseconds from_ms(json::value const& what) {
    return std::chrono::round<nanoseconds>(milliseconds(what.to_number<double>()));
}

json::object to_json(lag_report const& loop) {
    json::array classes;
    for (std::size_t i = 0; i != loop.counts.size(); ++i) {
        json::object one{{"moments", loop.counts[i]}};
        one["to_ms"] = i == lag_report::classes.size() ? json::value() : lag_report::classes[i].count();
        classes.push_back(std::move(one));
    }
    return {{"interval_ms", ms_of(loop.interval)},
            {"moments", loop.moments()},
            {"longest_ms", ms_of(loop.longest)},
            {"longest_in_all_ms", ms_of(loop.longest_in_all)},
            {"scheduler_is_known", loop.scheduler_is_known},
            {"late", std::move(classes)}};
}

lag_report lag_from(json::value const& document) {
    lag_report loop;
    loop.interval = from_ms(document.at("interval_ms"));
    loop.longest = from_ms(document.at("longest_ms"));
    loop.longest_in_all = from_ms(document.at("longest_in_all_ms"));
    loop.scheduler_is_known = document.at("scheduler_is_known").as_bool();
    auto const& classes = document.at("late").as_array();
    for (std::size_t i = 0; i != loop.counts.size(); ++i)
        loop.counts[i] = classes.at(i).at("moments").to_number<std::uint64_t>();
    return loop;
}

/// The rest of the moments is left out once all of them are told.
void write_classes(std::ostream& out, lag_report const& loop) {
    auto left = loop.moments();
    for (std::size_t i = 0; i != loop.counts.size() && left != 0; ++i) {
        left -= loop.counts[i];
        bool const is_last = i == lag_report::classes.size();
        auto const& bound = lag_report::classes[is_last ? i - 1 : i];
        out << "  " << (is_last ? "later than " : "at most ") << bound.count() << " ms: " << loop.counts[i]
            << '\n';
    }
}

}  // namespace

json::object query_about_status() {
    return {{"status", true}};
}

json::object to_json(daemon_status const& what) {
    json::array bounds;
    for (auto const& one : what.bounds)
        bounds.push_back({{"what", one.what}, {"now", one.now}, {"most", one.most}});
    return {{"loop", to_json(what.loop)}, {"bounds", std::move(bounds)}};
}

callout::result<daemon_status> status_from(json::value const& document) {
    try {
        daemon_status found;
        found.loop = lag_from(document.at("loop"));
        for (auto const& one : document.at("bounds").as_array()) {
            found.bounds.emplace_back(std::string(one.at("what").as_string()),
                                      one.at("now").to_number<std::size_t>(),
                                      one.at("most").to_number<std::size_t>());
        }
        return found;
    } catch (boost::system::system_error const& wrong) {
        return wrong.code();
    } catch (std::exception const&) {  // what `at` and `as_array` throw has no code
        return json::make_error_code(json::error::size_mismatch);
    }
}

std::string text_of(daemon_status const& what) {
    std::ostringstream out;
    auto const& loop = what.loop;
    out << std::fixed << std::setprecision(1) << "loop: " << loop.moments()
        << " moments; the longest stop was " << ms_of(loop.longest) << " ms";
    if (loop.scheduler_is_known)
        out << " of our own doing, " << ms_of(loop.longest_in_all) << " ms with what the machine added";
    out << '\n';
    write_classes(out, loop);
    constexpr int name_width = 28, number_width = 12;
    out << '\n'
        << std::left << std::setw(name_width) << "what" << std::right << std::setw(number_width) << "now"
        << std::setw(number_width) << "bound" << '\n';
    for (auto const& one : what.bounds) {
        out << std::left << std::setw(name_width) << one.what << std::right << std::setw(number_width)
            << one.now << std::setw(number_width) << (one.most == 0 ? "none" : std::to_string(one.most))
            << '\n';
    }
    return out.str();
}

}  // namespace vouchd
