#include "log/event_log.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include "log/line_writer.hpp"
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

std::string begin_line(log_level level, std::string_view event) {
    return fmt::format("event={} time={} level={}", event, timestamp(), to_string(level));
}

std::string told_dropped(dropped_lines const& lost) {
    return fmt::format("{} decisions={} others={}", begin_line(log_level::warn, "log_dropped"),
                       lost.decisions, lost.others);
}

line_target target_of(config::log_section const& wanted) {
    using owner = line_target::owner;
    if (wanted.target != log_target::file) return line_target{STDERR_FILENO, owner::somebody_else};
    int const opened = ::open(wanted.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (opened >= 0) return line_target{opened, owner::us};
    throw std::runtime_error("log.file: " + wanted.file + ": " + std::generic_category().message(errno));
}

/// What mail was told is worth more than all the rest.
line_rank rank_of(std::string_view event) {
    return event == "decision" ? line_rank::decision : line_rank::other;
}

}  // namespace

fields& fields::add(std::string_view name, std::string_view value) {
    if (!value.empty()) all_.emplace_back(name, value);
    return *this;
}

event_log::event_log(live_config const& live)
    : live_(live), writer_(std::make_unique<line_writer>(target_of(live.current()->log), told_dropped)) {}

event_log::~event_log() = default;

void event_log::write(log_level level, std::string_view event, fields const& what) noexcept {
    auto const rank = rank_of(event);
    try {
        auto const values = live_.current();
        if (level < values->log.level) return;
        auto line = begin_line(level, event);
        for (auto const& [key, value] : what.all())
            line.append(1, ' ').append(key).append(1, '=').append(logfmt_value(value, values->log.max_value));
        writer_->write(rank, std::move(line));
    } catch (std::exception const&) {
        writer_->note_lost(rank);  // out of memory
    }
}

void event_log::fault(std::string_view part, std::string_view what) noexcept {
    try {
        write(log_level::error, "fault", fields().add("part", part).add("err", what));
    } catch (std::exception const&) {
        writer_->note_lost(line_rank::other);
    }
}

void event_log::flush() const {
    (void)writer_->await_written(std::chrono::steady_clock::now() + line_writer::longest_end);
}

void event_log::tell(callout::ledger& to) const {
    writer_->tell(to);
}

}  // namespace vouchd
