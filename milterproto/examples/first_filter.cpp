// The program around the filter of first_filter.hpp; first_filter_test.cpp tests it.
#include "first_filter.hpp"

#include <iostream>

using namespace milterproto;

int main(int count, char** arguments) {
    auto const where = socket_spec::parse(count == 2 ? arguments[1] : "inet:8890@127.0.0.1");
    if (!where) {
        std::cerr << arguments[1] << ": " << where.error().message() << '\n';
        return 2;
    }
    auto const ran = run(*where, [] { return make_filter(example::first_filter()); });
    return ran ? 0 : 1;  // it has written to stderr why it cannot listen
}
