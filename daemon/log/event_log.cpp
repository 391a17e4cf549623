#include "log/event_log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>

#include "log/logfmt.hpp"

namespace vouchd {

namespace {

std::string_view to_string(log_level level) {
    switch (level) {
        case log_level::trace: return "trace";
        case log_level::debug: return "debug";
        case log_level::info: return "info";
        case log_level::warn: return "warn";
        case log_level::error: return "error";
    }
    return "info";
}

std::string timestamp() {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(now);
    auto const fraction =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
}

std::shared_ptr<spdlog::logger> make_logger(config::log_section const& wanted) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (wanted.target == log_target::file) {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(wanted.file, false);
    } else {
        sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    }
    auto logger = std::make_shared<spdlog::logger>("vouchd", std::move(sink));
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::trace);
    return logger;
}

}  // namespace

fields& fields::add(std::string_view name, std::string_view value) {
    if (!value.empty()) all_.emplace_back(name, value);
    return *this;
}

event_log::event_log(live_config const& live) : live_(live), logger_(make_logger(live.current()->log)) {}

void event_log::write(log_level level, std::string_view event, fields const& what) {
    auto const values = live_.current();
    if (level < values->log.level) return;
    auto line = fmt::format("event={} time={} level={}", event, timestamp(), to_string(level));
    for (auto const& [key, value] : what.all())
        line.append(1, ' ').append(key).append(1, '=').append(logfmt_value(value, values->log.max_value));
    logger_->info(fmt::string_view("{}"), line);
}

}  // namespace vouchd
