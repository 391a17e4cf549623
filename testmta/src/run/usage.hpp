#pragma once

#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "host/exit_status.hpp"
#include "milterproto/socket_spec.hpp"
#include "script/dialect.hpp"
#include "script/expectation.hpp"

namespace testmta::run {

/// Something on the command line is not right.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads the value of an option. Throws `usage_error`.
duration read_duration(std::string_view option, std::string const& word);
dialect const& named_dialect(std::string_view option, std::string const& name);

/// Reads octal permissions; unset if the option was not given.
std::optional<unsigned> read_socket_mode(std::string const& word);
milterproto::socket_spec read_address(std::string_view option, std::string const& word);

/// Returns what the function returns, or reports what is wrong and returns the status for it.
template <class Function>
int with_usage(std::string_view command, Function function) {
    try {
        return function();
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta " << command << ": " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::run
