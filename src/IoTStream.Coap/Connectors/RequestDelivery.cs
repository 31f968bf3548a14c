using IoTStream.Coap.Client;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Connectors;

/// <summary>Sends a request until it is answered for good.</summary>
internal sealed class RequestDelivery(CoapClient client, CoapSinkOptions options, TimeProvider time)
{
    private static readonly TimeSpan RetryAtFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAtMost = TimeSpan.FromMinutes(1);

    /// <exception cref="CoapException">It is given up, and nobody wants to know of it.</exception>
    public async Task DeliverAsync(CoapRequest request, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        Token token = client.Messages.NewToken();
        for (TimeSpan retry = RetryAtFirst; ; retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, RetryAtMost.Ticks)))
        {
            (CoapException? failure, TimeSpan? wait) = await TryAsync(request, token, cancellationToken).ConfigureAwait(false);
            if (failure is null)
            {
                return;
            }

            if (wait is null || time.GetElapsedTime(begun) >= options.GiveUpAfter)
            {
                if (options.OnUndeliverable is null)
                {
                    throw failure;
                }

                options.OnUndeliverable(request.Uri, failure);
                return;
            }

            TimeSpan pause = wait.Value > TimeSpan.Zero ? wait.Value : retry * (0.5 + Random.Shared.NextDouble());
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>What went wrong, if something did; and after what time it makes sense to try again: zero if nobody knows, null if never.</returns>
    private async Task<(CoapException? Failure, TimeSpan? Wait)> TryAsync(CoapRequest request, Token token, CancellationToken cancellationToken)
    {
        try
        {
            CoapResponse response = await client.SendAsync(request, token, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccess)
            {
                return default;
            }

            var refusal = new CoapException($"{request.Uri} has answered with {response.Code}: {response.Text}");
            return (refusal, response.Code is CoapCode.ServiceUnavailable or CoapCode.TooManyRequests or CoapCode.GatewayTimeout
                ? response.MaxAge ?? TimeSpan.Zero
                : response.Code == CoapCode.RequestEntityIncomplete ? TimeSpan.Zero : null);
        }
        catch (CoapException e)
        {
            return (e, TimeSpan.Zero);
        }
    }
}
