package dev.pgmend.cloud.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The proxies that HTTPS_PROXY, http_proxy and NO_PROXY name, as curl reads them. Without these, the JDK's.
final class EnvironmentProxies extends ProxySelector {
  private final Map<String, String> environment;

  EnvironmentProxies(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI address) {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    // Not HTTP_PROXY: a CGI program gets it from whoever asks.
    String named = scheme.equals("https") ? find("HTTPS_PROXY") : environment.get("http_proxy");
    if (named == null || named.isEmpty()) {
      return system(address);
    }
    if (isExempt(address.getHost())) {
      return List.of(Proxy.NO_PROXY);
    }
    URI proxy = URI.create(named.contains("://") ? named : "http://" + named);
    int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
  }

  private static List<Proxy> system(URI address) {
    ProxySelector system = ProxySelector.getDefault();
    return system == null ? List.of(Proxy.NO_PROXY) : system.select(address);
  }

  private boolean isExempt(String host) {
    String exempt = find("NO_PROXY");
    if (exempt == null) {
      return false;
    }
    for (String part : exempt.split(",")) {
      String name = part.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      String wanted = host.toLowerCase(Locale.ROOT);
      if (name.equals("*")
          || (!name.isEmpty() && (wanted.equals(name) || wanted.endsWith("." + name)))) {
        return true;
      }
    }
    return false;
  }

  private @Nullable String find(String variable) {
    String small = environment.get(variable.toLowerCase(Locale.ROOT));
    return small != null ? small : environment.get(variable);
  }

  @Override
  public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
    // The request fails as well and says so.
  }
}
