import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * What an application meets when nobody pays, with Java's standard library only.
 *
 * <p>npx frostgate exec -- java examples/java/Arrears.java
 */
public class Arrears {
  static final HttpClient HTTP = HttpClient.newHttpClient();

  static void api(String method, String path, String body) throws Exception {
    var token = System.getenv().getOrDefault("FROSTGATE_TOKEN", "");
    var request =
        HttpRequest.newBuilder(URI.create(System.getenv("FROSTGATE_URL") + "/v1" + path))
            .header("content-type", "application/json")
            .header("authorization", "Bearer " + token)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    var response = HTTP.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IllegalStateException(response.body());
  }

  /** Just enough of a client; yours will do as well. */
  static String ask(Socket redis, BufferedReader replies, String command) throws Exception {
    redis.getOutputStream().write((command + "\r\n").getBytes());
    var line = replies.readLine();
    return line.startsWith("$") ? replies.readLine() : line.substring(1);
  }

  public static void main(String[] args) throws Exception {
    var port = Integer.parseInt(System.getenv("REDIS_PORT"));
    try (var redis = new Socket(System.getenv("REDIS_HOST"), port);
        var replies = new BufferedReader(new InputStreamReader(redis.getInputStream()))) {
      System.out.println("active:  " + ask(redis, replies, "SET greeting hello"));
      api("PUT", "/accounts/default/balance", "{\"balance\":0}");
      api("POST", "/clock/advance", "{\"by\":\"26h\"}");
      var read = ask(redis, replies, "GET greeting");
      System.out.println("frozen:  " + read + ", " + ask(redis, replies, "SET greeting x"));
      api("POST", "/accounts/default/top-up", "{\"amount\":100}");
      System.out.println("paid:    " + ask(redis, replies, "SET greeting back"));
    }
  }
}
