using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Gives a client the tokens that it asks for.</summary>
internal static class TokenRefresh
{
    public static Action<IClient, string>? Of(KafkaCluster cluster) =>
        cluster.Sasl?.TokenProvider is { } provider ? (client, _) => RefreshAsync(client, provider) : null;

    // The client asks on a thread of its own, which must not wait. It asks again some seconds after a failure.
    private static async void RefreshAsync(IClient client, Func<CancellationToken, ValueTask<KafkaToken>> provider)
    {
        try
        {
            await Task.Yield();
            KafkaToken token = await provider(CancellationToken.None).ConfigureAwait(false);
            client.OAuthBearerSetToken(token.Value, token.Expires.ToUnixTimeMilliseconds(), token.Principal, token.Extensions.ToDictionary(StringComparer.Ordinal));
        }
        catch (ObjectDisposedException)
        {
            // Nobody needs it any more.
        }
        catch (Exception exception)
        {
            Fail(client, exception);
        }
    }

    private static void Fail(IClient client, Exception exception)
    {
        try
        {
            client.OAuthBearerSetTokenFailure(exception.Message);
        }
        catch (ObjectDisposedException)
        {
            // Nobody needs it any more.
        }
    }
}
