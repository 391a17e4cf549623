#include "log/event_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

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
    log.flush();
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
    log.flush();
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
    log.flush();
    EXPECT_EQ(text_of(values.log.file), "");
}

TEST(event_log, decisions_outrank_the_rest) {  // DM-152
    test::temporary_folder const folder;
    vouchd::config values;
    values.log.target = vouchd::log_target::file;
    values.log.file = folder.file("log");
    ASSERT_EQ(::mkfifo(values.log.file.c_str(), 0600), 0);
    int const reader = ::open(values.log.file.c_str(), O_RDONLY | O_NONBLOCK);
    vouchd::live_config const live(values);
    vouchd::event_log log(live);
    auto const filler = vouchd::fields().add("x", std::string(150, 'x'));
    log.info("decision", vouchd::fields().add("id", "first"));
    for (int i = 0; i < 20'000; ++i) log.info("noise", filler);
    log.info("decision", vouchd::fields().add("id", "last"));
    ::fcntl(reader, F_SETFL, 0);
    std::string read(4 << 20, '\0');
    std::string all;
    while (all.find("id=last\n") == all.npos) {
        auto const count = ::read(reader, read.data(), read.size());
        ASSERT_GT(count, 0);
        all.append(read, 0, std::size_t(count));
    }
    ::close(reader);
    EXPECT_NE(all.find("id=first\n"), all.npos);
    EXPECT_NE(all.find("\nevent=log_dropped "), all.npos);
    EXPECT_NE(all.find(" level=warn decisions=0 others="), all.npos);
}
