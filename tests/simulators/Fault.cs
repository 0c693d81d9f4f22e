using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Auditor.Simulators;

/// <summary>A way in which an answer goes wrong.</summary>
/// <param name="Name">The way, in words.</param>
/// <param name="Run">Answers the request instead; the second argument answers it well.</param>
public sealed record Fault(string Name, Func<HttpContext, Func<Task>, Task> Run)
{
    /// <summary>Whether the answer never ends, so that only a deadline does.</summary>
    public bool IsSilence { get; init; }

    /// <summary>The connection is reset before anything is answered.</summary>
    public static Fault Reset { get; } =
        new(
            "connection reset",
            (context, _) =>
            {
                context.Abort();
                return Task.CompletedTask;
            }
        );

    /// <summary>The headers promise more than comes before the connection breaks.</summary>
    public static Fault CutBody { get; } =
        new(
            "body cut short",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = 10_000;
                await context.Response.WriteAsync("[{\"id\":\"aus1\"},{\"id\":");
                await context.Response.Body.FlushAsync();
                context.Abort();
            }
        );

    /// <summary>No length is announced, and the connection ends in the middle: nothing in the protocol says that something is missing.</summary>
    public static Fault CutWithoutLength { get; } =
        Raw(
            "body without length cut short",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[{\"id\":\"aus1\"},{\"id\":"
        );

    /// <summary>What comes is not HTTP.</summary>
    public static Fault Garbage { get; } = Raw("no HTTP", "\u0001\u0002 220 mail.example ESMTP\r\n\r\n");

    /// <summary>No answer comes at all, and the connection stays.</summary>
    public static Fault SilentHeaders { get; } =
        new("no answer", (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted)) { IsSilence = true };

    /// <summary>The body begins and then stops, and the connection stays.</summary>
    public static Fault SilentBody { get; } =
        new(
            "body that stops",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("[{\"id\":");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        )
        {
            IsSilence = true,
        };

    /// <summary>A body that comes byte by byte and never ends, so that something is always happening on the connection.</summary>
    public static Fault Drip { get; } =
        new(
            "body that drips",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("[");
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.WriteAsync(" ");
                    await context.Response.Body.FlushAsync();
                    await Task.Delay(5, context.RequestAborted);
                }
            }
        )
        {
            IsSilence = true,
        };

    /// <summary>A body of a few hundred kilobytes that unpacks to 300 MB.</summary>
    public static Fault GzipBomb { get; } =
        new(
            "gzip bomb",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json";
                context.Response.Headers.ContentEncoding = "gzip";
                await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
                var spaces = Encoding.ASCII.GetBytes(new string(' ', 1024 * 1024));
                for (var i = 0; i < 300; i++)
                {
                    await gzip.WriteAsync(spaces, context.RequestAborted);
                }
            }
        );

    /// <summary>A body that announces 4 GB.</summary>
    public static Fault HugeBody { get; } =
        new(
            "body of 4 GB",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = 4L * 1024 * 1024 * 1024;
                await context.Response.WriteAsync("[");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );

    /// <summary>A login page, with status 200.</summary>
    public static Fault LoginPage { get; } = Body("login page", 200, "<!DOCTYPE html><html><title>Sign in</title></html>", "text/html");

    /// <summary>The word null instead of a list.</summary>
    public static Fault Null { get; } = Body("null", 200, "null");

    /// <summary>An object instead of a list.</summary>
    public static Fault ObjectInsteadOfList { get; } = Body("object instead of a list", 200, """{"unexpected":true}""");

    /// <summary>A list in an encoding that JSON does not have.</summary>
    public static Fault Latin1 { get; } =
        new(
            "Latin-1",
            async (context, _) =>
            {
                context.Response.ContentType = "application/json; charset=ISO-8859-1";
                await context.Response.Body.WriteAsync(
                    Encoding.Latin1.GetBytes("""[{"id":"x","name":"Zürich"}]"""),
                    context.RequestAborted
                );
            }
        );

    /// <summary>A list behind a byte order mark, which JSON does not have (RFC 8259 §8.1).</summary>
    public static Fault ByteOrderMark { get; } = Body("byte order mark", 200, "\uFEFF[]");

    /// <summary>Nothing at all, with status 200.</summary>
    public static Fault Empty { get; } = Body("empty body", 200, "");

    /// <summary>A redirect to another host.</summary>
    public static Fault RedirectElsewhere(Uri to) =>
        new(
            "redirect to another host",
            (context, _) =>
            {
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = to.AbsoluteUri;
                return Task.CompletedTask;
            }
        );

    /// <summary>A status with a body.</summary>
    public static Fault Body(string name, int status, string body, string type = "application/json") =>
        new(
            name,
            (context, _) =>
            {
                context.Response.StatusCode = status;
                context.Response.ContentType = type;
                return context.Response.WriteAsync(body);
            }
        );

    /// <summary>A status, with headers.</summary>
    public static Fault Status(int status, params (string Name, string Value)[] headers) =>
        new(
            status.ToString(CultureInfo.InvariantCulture),
            (context, _) =>
            {
                context.Response.StatusCode = status;
                foreach (var (name, value) in headers)
                {
                    context.Response.Headers.Append(name, value);
                }

                return Task.CompletedTask;
            }
        );

    /// <summary>Bytes on the connection, past everything that makes them HTTP, and the end of the connection.</summary>
    public static Fault Raw(string name, string text) =>
        new(
            name,
            async (context, _) =>
            {
                var output = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output;
                await output.WriteAsync(Encoding.Latin1.GetBytes(text));
                await output.CompleteAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
}
