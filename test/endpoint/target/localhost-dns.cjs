/** Preloaded into a program that has to reach names below `localhost` where the system does not resolve them. */
const dns = require('node:dns');
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup.call(dns, /(^|\.)localhost$/.test(host) ? '127.0.0.1' : host, ...rest);
