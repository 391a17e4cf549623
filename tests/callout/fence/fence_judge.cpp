#include <iostream>
#include <string>

#include "callout/fence.hpp"

/// Reads an address from each line of the standard input, and says of each in a line whether a fence that
/// nobody has configured lets us connect to it, and why.
int main() {
    callout::fence const fence{callout::fence_options()};
    for (std::string line; std::getline(std::cin, line);) {
        boost::system::error_code error;
        auto const address = boost::asio::ip::make_address(line, error);
        if (error) {
            std::cerr << "fence_judge: \"" << line << "\" is not an address\n";
            return 1;
        }
        auto const verdict = fence.check(address);
        std::cout << (verdict.allowed ? "allowed " : "refused ") << verdict.rule << '\n';
    }
    return 0;
}
