package dev.pgmend.cloud.s3;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.TransientException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/// Says in pgmend's words what the SDK says in its own.
///
/// @param bucket `s3://bucket`
record S3Failures(String bucket) {
  private static final Set<String> LATER =
      Set.of(
          "RequestTimeout",
          "RequestTimeTooSkewed",
          "SlowDown",
          "Throttling",
          "ThrottlingException",
          "TooManyRequestsException",
          "RequestLimitExceeded");
  private static final String CREDENTIALS =
      "pgmend takes credentials as the AWS command line does (environment, profile, SSO, role); try: aws s3 ls %s/";

  /// {@return what is to be thrown}
  ///
  /// @throws IOException instead, if it may work the next time
  PgmendException of(String name, SdkException e) throws IOException {
    if (e instanceof AwsServiceException answer) {
      return of(name, answer);
    }
    String message = String.valueOf(e.getMessage());
    if (message.contains("Unable to load credentials")
        || message.contains("Unable to load region")
        || message.contains("rofile")) {
      return unusable(e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException failure) {
        throw failure;
      }
    }
    if (e instanceof AbortedException || e.retryable()) {
      throw new IOException(message, e);
    }
    return new PgmendException(Kind.SOURCE, name + ": cannot read: " + message, null, e);
  }

  private PgmendException of(String name, AwsServiceException e) throws IOException {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null || details.errorCode() == null ? "" : details.errorCode();
    int status = e.statusCode();
    if (status >= 500 || status == 429 || LATER.contains(code)) {
      throw new TransientException(
          "the server answered with status " + status + " " + code, Duration.ZERO);
    }
    String said =
        details == null || details.errorMessage() == null || details.errorMessage().isBlank()
            ? code
            : code + " (" + details.errorMessage() + ")";
    return switch (code) {
      case "NoSuchBucket" -> Failures.noBucket(bucket);
      case "NoSuchKey" -> Failures.missing(name);
      case "InvalidObjectState" ->
          new PgmendException(
              Kind.SOURCE,
              name + ": is archived in cold storage and cannot be read at once",
              "Have it restored first: aws s3api restore-object.",
              e);
      case "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException" ->
          new PgmendException(
              Kind.SOURCE,
              name + ": the bucket is in another region: " + said,
              "Set AWS_REGION to the bucket's region.",
              e);
      case "ExpiredToken", "ExpiredTokenException", "InvalidToken" ->
          Failures.denied(name, said, "Log in again, for example with: aws sso login");
      default ->
          status == 401 || status == 403
              ? Failures.denied(
                  name,
                  said.isEmpty() ? "status " + status : said,
                  code.equals("AccessDenied") || code.isEmpty()
                      ? "Reading takes s3:GetObject on the key and s3:ListBucket on the bucket; without the latter, S3 does not even tell whether the key is there."
                      : CREDENTIALS.formatted(bucket))
              : new PgmendException(
                  Kind.SOURCE,
                  name + ": the server refused: status " + status + " " + said,
                  null,
                  e);
    };
  }

  /// There are no credentials, or the configuration is of no use.
  PgmendException unusable(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Unable to load credentials")
        ? new PgmendException(
            Kind.SOURCE,
            bucket + ": there are no credentials for S3",
            CREDENTIALS.formatted(bucket)
                + ". PGMEND_S3_ANONYMOUS=1 reads what everybody may read.",
            e)
        : new PgmendException(
            Kind.SOURCE, bucket + ": the configuration for S3 cannot be used: " + message, null, e);
  }
}
