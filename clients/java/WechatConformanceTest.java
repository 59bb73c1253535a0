import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The rules of wxcheck as JUnit tests: one test a rule, of one run. JUnit 5 and the JDK are all it needs. */
class WechatConformanceTest {

  @TestFactory
  Stream<DynamicNode> wechat() throws Exception {
    Path report = Files.createTempFile("wxcheck", ".xml");
    // Start your server here, on a free port, and give its URL. Token and the rest: WXCHECK_TOKEN, or wxcheck.toml.
    Run run = check(System.getenv("WECHAT_URL"), report);
    // 0 and 1 are verdicts. After any other code nothing was judged, and no test may look as if it had been.
    if (run.code() > 1) {
      Files.delete(report);
      return Stream.of(dynamicTest("wxcheck has a verdict", () -> fail("exit code " + run.code() + "\n" + run.told())));
    }
    Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile()).getDocumentElement();
    Files.delete(report);
    return children(root, "testsuite")
        .map(area -> dynamicContainer(area.getAttribute("name"), children(area, "testcase").map(this::rule)));
  }

  private DynamicTest rule(Element rule) {
    return dynamicTest(rule.getAttribute("name"), () -> {
      Optional<Element> broken = Stream.of("failure", "error").flatMap(kind -> children(rule, kind)).findFirst();
      broken.ifPresent(found -> fail(found.getAttribute("message") + "\n" + found.getTextContent()));
      children(rule, "skipped").findFirst().ifPresent(found -> abort(found.getAttribute("message")));
    });
  }

  private record Run(int code, String told) {}

  private static Run check(String url, Path report) throws IOException, InterruptedException {
    String program = Optional.ofNullable(System.getenv("WXCHECK_BIN")).orElse("wxcheck");
    List<String> command = new ArrayList<>(List.of(program, "check", url, "--report-junit", report.toString()));
    Optional.ofNullable(System.getenv("WECHAT_RULES")).ifPresent(only -> command.addAll(List.of("--only", only)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String told = new String(process.getInputStream().readAllBytes(), "UTF-8");
    return new Run(process.waitFor(), told);
  }

  private static Stream<Element> children(Element parent, String name) {
    NodeList nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(node -> node.getNodeName().equals(name))
        .map(Element.class::cast);
  }
}
