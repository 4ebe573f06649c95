package dev.pgmend.cloud.azure;

import dev.pgmend.cloud.Bucket.Page;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.RemoteObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// Reads a list of blobs: `<EnumerationResults> … <Blobs><Blob><Name/><Properties> … <Content-Length/><Etag/>`.
final class BlobList {
  private BlobList() {}

  static Page read(InputStream xml, Container container) throws IOException {
    List<RemoteObject> blobs = new ArrayList<>();
    String next = null;
    try {
      XMLStreamReader reader = factory().createXMLStreamReader(xml, "UTF-8");
      while (reader.hasNext()) {
        if (reader.next() == XMLStreamReader.START_ELEMENT) {
          switch (reader.getLocalName()) {
            case "Blob" -> blobs.add(blob(reader, container));
            case "NextMarker" -> next = reader.getElementText();
            default -> {}
          }
        }
      }
    } catch (XMLStreamException | NumberFormatException e) {
      if (e instanceof XMLStreamException broken
          && broken.getNestedException() instanceof IOException failure) {
        throw failure;
      }
      throw Failures.unexpected(container.name(), "the server's list of blobs is not readable");
    }
    return new Page(blobs, next == null || next.isEmpty() ? null : next);
  }

  private static RemoteObject blob(XMLStreamReader reader, Container container)
      throws XMLStreamException {
    @Nullable String name = null;
    @Nullable String tag = null;
    long size = -1;
    while (reader.next() != XMLStreamReader.END_ELEMENT || !reader.getLocalName().equals("Blob")) {
      if (reader.isStartElement()) {
        switch (reader.getLocalName()) {
          case "Name" -> name = reader.getElementText();
          case "Etag" -> tag = reader.getElementText();
          case "Content-Length" -> size = Long.parseLong(reader.getElementText());
          default -> {}
        }
      }
    }
    if (name == null || tag == null || size < 0) {
      throw new XMLStreamException("a blob without name, size or ETag");
    }
    // The list gives it without the quotation marks that it has in a header.
    return container.version(name, size, tag.startsWith("\"") ? tag : "\"" + tag + "\"");
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }
}
