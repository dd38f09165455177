import java.lang.reflect.Field;

/** Starts DynamoDB Local on 127.0.0.1 only: by itself it listens on every interface and has no option for that. */
public final class LoopbackDynamo {
  public static void main(String[] args) throws Exception {
    Class<?> runner = Class.forName("software.amazon.dynamodb.services.local.main.ServerRunner");
    Object proxy = runner.getMethod("createServerFromCommandLineArgs", String[].class).invoke(null, (Object) args);
    Object jetty = jettyOf(proxy);
    for (Object connector : (Object[]) jetty.getClass().getMethod("getConnectors").invoke(jetty)) {
      connector.getClass().getMethod("setHost", String.class).invoke(connector, "127.0.0.1");
    }
    proxy.getClass().getMethod("start").invoke(proxy);
    proxy.getClass().getMethod("join").invoke(proxy);
  }

  private static Object jettyOf(Object proxy) throws IllegalAccessException {
    for (Field field : proxy.getClass().getDeclaredFields()) {
      if (!field.getType().getSimpleName().equals("Server")) continue;
      field.setAccessible(true);
      return field.get(proxy);
    }
    throw new IllegalStateException("This version of DynamoDB Local keeps its server elsewhere.");
  }
}
