namespace IoTStream.Storage.Parquet.Tests;

/// <summary>Stands between a client and a server, and does what a test says with requests and answers.</summary>
internal sealed class Between(Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> act) : DelegatingHandler(new SocketsHttpHandler())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => act(request, () => base.SendAsync(request, cancellationToken));
}
