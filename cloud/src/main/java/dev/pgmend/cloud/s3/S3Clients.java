package dev.pgmend.cloud.s3;

import dev.pgmend.cloud.Environment;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/// Makes the SDK's client as the AWS command line would: credentials, region and endpoint by the usual chain.
final class S3Clients {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private S3Clients() {}

  static S3Client create(Environment environment) {
    Optional<URI> endpoint = endpoint(environment);
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE))
            .credentialsProvider(credentials(environment))
            .region(region(endpoint.isEmpty()))
            // A bucket says in which region it is when it is asked in another.
            .crossRegionAccessEnabled(true)
            // Other makers' servers do not know the checksums that the SDK would like.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            // What may pass is tried again here, the same way for all stores.
            .overrideConfiguration(
                override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()));
    endpoint.ifPresent(address ->
        builder
            .endpointOverride(address)
            .forcePathStyle(!environment.says("PGMEND_S3_VIRTUAL_HOST")));
    return builder.build();
  }

  private static AwsCredentialsProvider credentials(Environment environment) {
    return environment.says("PGMEND_S3_ANONYMOUS")
        ? AnonymousCredentialsProvider.create()
        : DefaultCredentialsProvider.builder().build();
  }

  /// The region that is configured or, at Amazon's, the one that this machine is in. Other makers' servers take any.
  private static Region region(boolean amazon) {
    AwsRegionProvider configured =
        new AwsRegionProviderChain(
            new SystemSettingsRegionProvider(), new AwsProfileRegionProvider());
    try {
      return amazon
          ? DefaultAwsRegionProviderChain.builder().build().getRegion()
          : configured.getRegion();
    } catch (SdkClientException _) {
      return Region.US_EAST_1;
    }
  }

  /// Of a server that is not Amazon's. Whether there is one decides on the style of addresses too.
  private static Optional<URI> endpoint(Environment environment) {
    if (environment.says("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
      return Optional.empty();
    }
    return environment
        .find("AWS_ENDPOINT_URL_S3")
        .or(() -> environment.find("AWS_ENDPOINT_URL"))
        .or(S3Clients::profileEndpoint)
        .map(URI::create);
  }

  private static Optional<String> profileEndpoint() {
    ProfileFile file = ProfileFile.defaultProfileFile();
    String name = ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow();
    Optional<Profile> profile = file.profile(name);
    Optional<String> own =
        profile
            .flatMap(found -> found.property("services"))
            .flatMap(services -> file.getSection("services", services))
            .flatMap(services -> services.property("s3.endpoint_url"));
    return own.or(() -> profile.flatMap(found -> found.property("endpoint_url")));
  }
}
