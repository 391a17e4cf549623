#include "log/event_log.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "daemon/support/temporary_folder.hpp"

namespace {

std::string text_of(std::string const& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

TEST(event_log, writes_into_its_file_what_is_as_severe_as_its_level) {
    test::temporary_folder const folder;
    vouchd::config values;
    values.log.target = vouchd::log_target::file;
    values.log.file = folder.file("log");
    values.log.level = vouchd::log_level::warn;
    vouchd::live_config const live(values);
    vouchd::event_log log(live);
    log.info("ready", {});
    log.write(vouchd::log_level::warn, "cache_recovered", {});
    log.write(vouchd::log_level::error, "cache_down", {});
    auto const written = text_of(values.log.file);
    EXPECT_EQ(written.find("event=ready"), written.npos);
    EXPECT_NE(written.find("event=cache_recovered"), written.npos);
    EXPECT_NE(written.find("event=cache_down"), written.npos);
}

TEST(event_log, cuts_values_at_log_max_value) {
    test::temporary_folder const folder;
    vouchd::config values;
    values.log.target = vouchd::log_target::file;
    values.log.file = folder.file("log");
    values.log.max_value = 20;
    vouchd::live_config const live(values);
    vouchd::event_log log(live);
    log.info("ready", vouchd::fields().add("helo", std::string(30, 'x')));
    auto const written = text_of(values.log.file);
    EXPECT_NE(written.find("helo=\"" + std::string(20, 'x') + "...(+10)\"\n"), written.npos) << written;
}

TEST(event_log, obeys_the_level_that_is_in_force) {
    test::temporary_folder const folder;
    vouchd::config values;
    values.log.target = vouchd::log_target::file;
    values.log.file = folder.file("log");
    vouchd::live_config live(values);
    vouchd::event_log log(live);
    values.log.level = vouchd::log_level::error;
    live.replace(values);
    log.info("ready", {});
    EXPECT_EQ(text_of(values.log.file), "");
}
